import type { CheckpointState } from '../../contract/CheckpointState.js'
import { gradientOf, LAZY_RESET } from '../../contract/names.js'
import { parameterOf, type Roles, rolesOf } from '../../contract/roles.js'
import { blockedFilters, type FilterLayout } from '../../lowering/nchwc/layout/filters.js'
import { blockOf, knowsShapes } from '../../lowering/targets.js'
import { readModel } from '../../onnx/format/read.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { float32, int64, type Tensor, zeros } from '../../onnx/graph/tensor.js'
import { GRADIENT_SCALE } from '../../optim/scaleGradients.js'
import { AlignedAllocator } from '../../runtime/AlignedAllocator.js'
import { DeviceMemory } from '../../runtime/DeviceMemory.js'
import type { Value } from '../../runtime/DeviceTensor.js'
import type { RuntimeSession } from '../../runtime/runtime.js'
import { sessionError } from '../errors.js'
import type { HostOptions, LearningRates, OptimizerStepOptions, SessionInfo, Tensors } from '../protocol/HostCalls.js'
import { newMemory, pick } from '../protocol/transfer.js'
import { Averages } from './Averages.js'
import { type Engine, keepingOpener } from './engine.js'
import { FiniteCheck } from './FiniteCheck.js'
import { checkFeeds, factsOf } from './feeds.js'
import { firstNotFinite } from './firstNotFinite.js'
import { graphOf } from './modelGraphs.js'
import { EVALUATIONS, OpenModels, STEPS, type StepName } from './OpenModels.js'
import { type OptimizerPlan, planOptimizer, ratesOf } from './optimizerPlan.js'
import { restoreOptimizer, saveOptimizer } from './optimizerState.js'
import { StateBuffers } from './StateBuffers.js'
import { StateRuns } from './StateRuns.js'
import { sumShared, writeShared } from './sharedTensors.js'
import { demandKnown, readTensors, writeParameters } from './stateCalls.js'

/** The training session itself, in the thread that hosts ONNX Runtime. Calls must not overlap. */
export class TrainingHost {
  /** The layouts of the weights that training does not store in the standard one; they are not visible outside. */
  readonly #layouts: ReadonlyMap<string, FilterLayout>
  readonly #state: StateBuffers
  readonly #runs: StateRuns
  readonly #models: OpenModels
  readonly averages: Averages
  readonly #evaluation: Graph
  readonly #optimizer: OptimizerPlan
  readonly #roles: Roles
  readonly #check: FiniteCheck
  /** The number of train steps since the last optimizer step, whose gradients have been accumulated. */
  #accumulated = 0
  #updates: number
  readonly #properties: CheckpointState['properties']

  constructor(
    artifacts: HostOptions['artifacts'],
    readonly engine: Engine,
  ) {
    const { open, runtime } = engine
    const { target } = engine.report
    const onDevice = runtime.keepsOnDevice
    const training = readModel(artifacts.trainingModel)
    this.#evaluation = readModel(artifacts.evalModel)
    this.#roles = rolesOf(training, artifacts.checkpoint)
    const block = blockOf(target)
    this.#layouts = block ? blockedFilters(training, block) : new Map()
    const aligned = new AlignedAllocator()
    this.#state = new StateBuffers(
      (name) => this.#layouts.get(name) ?? this.#layouts.get(parameterOf(name)),
      // A runtime that copies its feeds into memory of its own needs no alignment.
      runtime.fillsMemory ? (type, dims) => aligned.zeros(type, dims) : zeros,
      onDevice ? new DeviceMemory(runtime) : undefined,
    )
    this.#runs = new StateRuns(this.#state, runtime)
    for (const [name, { tensor }] of artifacts.checkpoint.parameters) this.#state.write(name, tensor)
    const dims = new Map(this.#roles.trainable.map((name) => [name, this.#state.get(name)!.dims]))
    this.#optimizer = planOptimizer(readModel(artifacts.optimizerModel), dims)
    const [evaluation, optimizer, roles, state] = [this.#evaluation, this.#optimizer, this.#roles, this.#state]
    const sources = { target, training, evaluation, optimizer, roles, state, onDevice }
    const returned = [...roles.outputs, ...evaluation.outputs.map(({ name }) => name)]
    this.#check = new FiniteCheck(roles, onDevice, async (feeds) => {
      // Both at once may need more memory than is available.
      await this.#models.close(...STEPS)
      return firstNotFinite(open, sources, feeds)
    })
    const opener = keepingOpener(engine, [...returned, ...this.#check.outputs])
    this.#models = new OpenModels(opener, (model, shapes) => graphOf(sources, model, shapes))
    this.#properties = artifacts.checkpoint.properties
    this.averages = new Averages({ roles, state, runs: this.#runs, models: this.#models, known: this.facts.parameters })
    const restore = (state: string, tensor: Tensor) => this.#state.write(state, tensor)
    this.#updates = restoreOptimizer(this.#optimizer, artifacts.checkpoint.optimizerGroups, restore)
  }

  get facts(): SessionInfo {
    const { trainable, frozen, statistics, loss } = this.#roles
    const groups = this.#optimizer.groups.map(({ name, lr }) => ({ name, lr }))
    const parameters = this.#state.names(new Set([...trainable, ...frozen, ...statistics]))
    const { runtime, report } = this.engine
    return { runtime: runtime.name, runtimeReport: report, loss, trainable, parameters, statistics, groups }
  }

  async trainStep(feeds: Tensors, mustBeFinite = false): Promise<Tensors> {
    const { inputs, outputs, trainable, statistics } = this.#roles
    checkFeeds(feeds, inputs)
    const isFirst = this.#accumulated === 0 && !this.#models.has('accumulating training')
    const model = isFirst ? 'training' : 'accumulating training'
    const session = await this.#openStep(model, feeds)
    const fetches = { ...newMemory([...outputs, ...this.#check.outputs]), ...this.#runs.nextOf(statistics) }
    for (const name of trainable) fetches[gradientOf(name)] = this.#runs.gradientMemory(name, model !== 'training')
    const reset = { [LAZY_RESET]: bool(this.#accumulated === 0) }
    const results = await session.run(await this.#runs.feedsOf(session, { ...feeds, ...reset }), fetches)
    if (await this.#check.accepts(results, feeds, mustBeFinite)) {
      for (const name of trainable.map(gradientOf)) this.#state.advance(name, results[name]!)
      this.#runs.advance(statistics, results)
      this.#accumulated++
      if (statistics.length > 0) await this.#stateChanged()
    }
    return pick(results as Tensors, outputs)
  }

  async updateStep(feeds: Tensors, learningRates: LearningRates | undefined, mustBeFinite = false): Promise<Tensors> {
    if (this.#accumulated > 0) {
      const before = this.#accumulated
      const results = await this.trainStep(feeds, mustBeFinite)
      if (this.#accumulated > before) await this.optimizerStep({ learningRates })
      return results
    }
    const { inputs, outputs, statistics } = this.#roles
    checkFeeds(feeds, inputs)
    const ofUpdate = this.#updateFeeds(learningRates)
    const session = await this.#openStep('updating training', feeds)
    const changed = [...this.#updated, ...statistics]
    const fetches = { ...newMemory([...outputs, ...this.#check.outputs]), ...this.#runs.nextOf(changed) }
    const results = await session.run(await this.#runs.feedsOf(session, { ...feeds, ...ofUpdate }), fetches)
    if (await this.#check.accepts(results, feeds, mustBeFinite)) {
      this.#runs.advance(changed, results)
      this.#updates++
      await this.#stateChanged()
    }
    return pick(results as Tensors, outputs)
  }

  async optimizerStep({ learningRates, gradientScale = 1, keepGradients }: OptimizerStepOptions): Promise<void> {
    const feeds = { ...this.#updateFeeds(learningRates), [GRADIENT_SCALE]: float32([gradientScale], []) }
    if (this.#accumulated === 0) throw sessionError('session/no-gradients', {})
    const session = await this.#models.get('optimizer')
    const results = await session.run(await this.#runs.feedsOf(session, feeds), this.#runs.nextOf(this.#updated))
    this.#runs.advance(this.#updated, results)
    this.#updates++
    if (!keepGradients) this.#accumulated = 0
    await this.#stateChanged()
  }

  async lazyResetGrad(): Promise<void> {
    this.#accumulated = 0
  }

  /** @param averages true to evaluate the averages of the parameters */
  async evalStep(feeds: Tensors, averages = false): Promise<Tensors> {
    checkFeeds(
      feeds,
      this.#evaluation.inputs.filter(({ name }) => !this.#state.has(name)),
    )
    if (averages) this.averages.demandStarted()
    const session = await this.#models.get(averages ? 'averaged evaluation' : 'evaluation')
    const outputs = this.#evaluation.outputs.map(({ name }) => name)
    const sources = averages ? this.averages.sourceOf : undefined
    const results = await session.run(await this.#runs.feedsOf(session, feeds, sources), newMemory(outputs))
    return pick(results as Tensors, outputs)
  }

  async getParameters(names: readonly string[] = this.facts.parameters): Promise<Tensors> {
    demandKnown(names, this.facts.parameters)
    return readTensors(this.#state, names)
  }

  async setParameters(parameters: Tensors): Promise<void> {
    writeParameters(this.#state, parameters, this.facts.parameters)
    await this.#stateChanged()
    const constants = this.#roles.frozen.some((name) => name in parameters)
    if (constants) await this.#models.close(...EVALUATIONS, ...STEPS)
  }

  async getGradients(names: readonly string[] = this.#roles.trainable): Promise<Tensors> {
    if (this.#accumulated === 0) throw sessionError('session/no-gradients', {})
    demandKnown(names, this.#roles.trainable)
    return readTensors(this.#state, names, gradientOf)
  }

  async getCheckpoint(): Promise<CheckpointState> {
    const { trainable, parameters } = this.facts
    const tensors = Object.entries(await this.getParameters(parameters))
    const state = (name: string) => this.#state.read(name)
    return {
      parameters: new Map(tensors.map(([name, tensor]) => [name, { tensor, requiresGrad: trainable.includes(name) }])),
      optimizerGroups: this.#updates > 0 ? await saveOptimizer(this.#optimizer, this.#updates, state) : [],
      properties: this.#properties,
    }
  }

  async shareGradients(memory: SharedArrayBuffer): Promise<void> {
    if (this.#accumulated === 0) throw sessionError('session/no-gradients', {})
    await writeShared(this.#state, this.#roles.trainable.map(gradientOf), memory)
  }

  async takeGradients(memories: readonly SharedArrayBuffer[]): Promise<void> {
    // A session that has had no examples takes part in the update too.
    for (const name of this.#roles.trainable) this.#runs.gradientMemory(name, false)
    sumShared(this.#state, this.#roles.trainable.map(gradientOf), memories)
    this.#accumulated = 1
  }

  /** Replaces some parameters and all of the optimizer's state, and drops the accumulated gradients. */
  async setState(parameters: Tensors, optimizerGroups: CheckpointState['optimizerGroups']): Promise<void> {
    await this.setParameters(parameters)
    const states = this.#updated.filter((name) => !this.#roles.trainable.includes(name) && this.#state.has(name))
    const restore = (state: string, tensor: Tensor) => this.#state.write(state, tensor)
    for (const name of states) restore(name, zeros('float32', this.#state.get(name)!.dims))
    this.#updates = restoreOptimizer(this.#optimizer, optimizerGroups, restore)
    this.#accumulated = 0
  }

  async release(): Promise<void> {
    await this.#models.closeAll()
    await this.#state.release()
  }

  /** Closes the evaluation models where the state is constant in them. */
  async #stateChanged(): Promise<void> {
    if (!this.engine.runtime.keepsOnDevice) await this.#models.close(...EVALUATIONS)
  }

  /** Opens the model of a step. Only one of them is kept open. */
  async #openStep(model: StepName, feeds: Tensors): Promise<RuntimeSession<Value>> {
    await this.#models.close(...STEPS.filter((other) => other !== model))
    return this.#models.get(
      model,
      this.#layouts.size > 0 || knowsShapes(this.engine.report.target) ? factsOf(feeds) : undefined,
    )
  }

  /** The names of the tensors that an update changes: parameters and the optimizer's state. */
  get #updated(): readonly string[] {
    return this.#optimizer.graph.outputs.map(({ name }) => name.slice(0, -'.out'.length))
  }

  #updateFeeds(learningRates: LearningRates | undefined): Tensors {
    const rates = ratesOf(learningRates, this.#optimizer)
    return { learning_rate: float32(rates, [rates.length]), step: int64([this.#updates + 1]) }
  }
}

const bool = (value: boolean): Tensor<'bool'> => ({ type: 'bool', dims: [1], data: Uint8Array.of(Number(value)) })
