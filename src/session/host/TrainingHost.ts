import type { CheckpointState } from '../../contract/CheckpointState.js'
import { contractError } from '../../contract/errors.js'
import { gradientOf, gradientOfBuffer, LAZY_RESET } from '../../contract/names.js'
import { parameterOf, type Roles, rolesOf } from '../../contract/roles.js'
import { blockedFilters, type FilterLayout } from '../../lowering/nchwc/layout/filters.js'
import { blockOf, knowsShapes, type Target } from '../../lowering/targets.js'
import { readModel } from '../../onnx/format/read.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { float32, int64, type Tensor, zeros } from '../../onnx/graph/tensor.js'
import { GRADIENT_SCALE } from '../../optim/scaleGradients.js'
import { AlignedAllocator } from '../../runtime/AlignedAllocator.js'
import { chooseTarget } from '../../runtime/chooseTarget.js'
import { type OpenSession, openerFor } from '../../runtime/resultsInPlace.js'
import { openRuntime, type Runtime, type RuntimeSession } from '../../runtime/runtime.js'
import { sessionError } from '../errors.js'
import { describe } from '../protocol/checkTensors.js'
import type { HostOptions, LearningRates, OptimizerStepOptions, SessionInfo, Tensors } from '../protocol/HostCalls.js'
import { newMemory, pick } from '../protocol/transfer.js'
import { FiniteCheck, SQUARES } from './FiniteCheck.js'
import { checkFeeds, factsOf } from './feeds.js'
import { firstNotFinite } from './firstNotFinite.js'
import { graphOf } from './modelGraphs.js'
import { OpenModels, STEPS, type StepName } from './OpenModels.js'
import { type OptimizerPlan, planOptimizer, ratesOf } from './optimizerPlan.js'
import { restoreOptimizer, saveOptimizer } from './optimizerState.js'
import { StateBuffers } from './StateBuffers.js'

/** The training session itself, in the thread that hosts ONNX Runtime. Calls must not overlap. */
export class TrainingHost {
  /** The layouts of the weights that training does not store in the standard one; they are not visible outside. */
  readonly #layouts: ReadonlyMap<string, FilterLayout>
  readonly #state: StateBuffers
  readonly #models: OpenModels
  readonly #evaluation: Graph
  readonly #optimizer: OptimizerPlan
  readonly #roles: Roles
  readonly #check: FiniteCheck
  /** The number of train steps since the last optimizer step, whose gradients have been accumulated. */
  #accumulated = 0
  #updates: number
  readonly #properties: CheckpointState['properties']

  static async open(options: HostOptions): Promise<TrainingHost> {
    const runtime = await openRuntime(options.runtime, options)
    const target = options.target ?? (await chooseTarget(runtime))
    return new TrainingHost(options, runtime, await openerFor(runtime), target)
  }

  private constructor(
    { artifacts }: HostOptions,
    readonly runtime: Runtime,
    open: OpenSession,
    readonly target: Target,
  ) {
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
    )
    for (const [name, { tensor }] of artifacts.checkpoint.parameters) this.#state.write(name, tensor)
    const dims = new Map(this.#roles.trainable.map((name) => [name, this.#state.get(name)!.dims]))
    this.#optimizer = planOptimizer(readModel(artifacts.optimizerModel), dims)
    const [evaluation, optimizer, roles, state] = [this.#evaluation, this.#optimizer, this.#roles, this.#state]
    const sources = { target, training, evaluation, optimizer, roles, state }
    this.#check = new FiniteCheck(roles, async (feeds) => {
      // Both at once may need more memory than is available.
      await this.#models.close(...STEPS)
      return firstNotFinite(open, sources, feeds)
    })
    this.#models = new OpenModels(open, (model, shapes) => graphOf(sources, model, shapes))
    this.#properties = artifacts.checkpoint.properties
    const restore = (state: string, tensor: Tensor) => this.#state.write(state, tensor)
    this.#updates = restoreOptimizer(this.#optimizer, artifacts.checkpoint.optimizerGroups, restore)
  }

  get facts(): SessionInfo {
    const { trainable, frozen, statistics, loss } = this.#roles
    const groups = this.#optimizer.groups.map(({ name, lr }) => ({ name, lr }))
    const parameters = this.#state.names(new Set([...trainable, ...frozen, ...statistics]))
    return { runtime: this.runtime.name, loss, trainable, parameters, groups }
  }

  async trainStep(feeds: Tensors, mustBeFinite = false): Promise<Tensors> {
    const { inputs, outputs, trainable, statistics } = this.#roles
    checkFeeds(feeds, inputs)
    const isFirst = this.#accumulated === 0 && !this.#models.has('accumulating training')
    const model = isFirst ? 'training' : 'accumulating training'
    const session = await this.#openStep(model, feeds)
    const fetches = { ...newMemory([...outputs, SQUARES]), ...this.#nextOf(statistics) }
    for (const name of trainable) fetches[gradientOf(name)] = this.#gradientMemory(name, model)
    const reset = { [LAZY_RESET]: bool(this.#accumulated === 0) }
    const results = await session.run(this.#feedsOf(session, { ...feeds, ...reset }), fetches)
    if (await this.#check.accepts(results, feeds, mustBeFinite)) {
      for (const name of trainable.map(gradientOf)) this.#state.advance(name, results[name]!)
      this.#advance(statistics, results)
      this.#accumulated++
      if (statistics.length > 0) await this.#models.close('evaluation')
    }
    return pick(results, outputs)
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
    const fetches = { ...newMemory([...outputs, SQUARES]), ...this.#nextOf(changed) }
    const results = await session.run(this.#feedsOf(session, { ...feeds, ...ofUpdate }), fetches)
    if (await this.#check.accepts(results, feeds, mustBeFinite)) {
      this.#advance(changed, results)
      this.#updates++
      await this.#models.close('evaluation')
    }
    return pick(results, outputs)
  }

  async optimizerStep({ learningRates, gradientScale = 1, keepGradients }: OptimizerStepOptions): Promise<void> {
    const feeds = { ...this.#updateFeeds(learningRates), [GRADIENT_SCALE]: float32([gradientScale], []) }
    if (this.#accumulated === 0) throw sessionError('session/no-gradients', {})
    const session = await this.#models.get('optimizer')
    const results = await session.run(this.#feedsOf(session, feeds), this.#nextOf(this.#updated))
    this.#advance(this.#updated, results)
    this.#updates++
    if (!keepGradients) this.#accumulated = 0
    await this.#models.close('evaluation')
  }

  async lazyResetGrad(): Promise<void> {
    this.#accumulated = 0
  }

  async evalStep(feeds: Tensors): Promise<Tensors> {
    checkFeeds(
      feeds,
      this.#evaluation.inputs.filter(({ name }) => !this.#state.has(name)),
    )
    const session = await this.#models.get('evaluation')
    const outputs = this.#evaluation.outputs.map(({ name }) => name)
    const results = await session.run(feeds, Object.fromEntries(outputs.map((name) => [name, null])))
    return pick(results, outputs)
  }

  async getParameters(names: readonly string[] = this.facts.parameters): Promise<Tensors> {
    const known = new Set(this.facts.parameters)
    for (const name of names) this.#demand(name, known)
    return Object.fromEntries(names.map((name) => [name, this.#state.read(name)]))
  }

  async setParameters(parameters: Tensors): Promise<void> {
    const known = new Set(this.facts.parameters)
    for (const [parameter, { type, dims }] of Object.entries(parameters)) {
      this.#demand(parameter, known)
      const expected = this.#state.get(parameter)!
      if (type !== expected.type || `${dims}` !== `${expected.dims}`)
        throw sessionError('session/bad-tensor', {
          parameter,
          received: describe(type, dims),
          expected: describe(expected.type, expected.dims),
        })
    }
    for (const [name, tensor] of Object.entries(parameters)) this.#state.write(name, tensor)
    await this.#models.close('evaluation')
    const constants = this.#roles.frozen.some((name) => name in parameters)
    if (constants) await this.#models.close(...STEPS)
  }

  async getGradients(names: readonly string[] = this.#roles.trainable): Promise<Tensors> {
    if (this.#accumulated === 0) throw sessionError('session/no-gradients', {})
    const { trainable } = this.#roles
    const unknown = names.find((name) => !trainable.includes(name))
    if (unknown !== undefined)
      throw contractError('session/unknown-parameter', { parameter: unknown, known: trainable })
    return Object.fromEntries(names.map((name) => [name, this.#state.read(gradientOf(name))]))
  }

  async getCheckpoint(): Promise<CheckpointState> {
    const { trainable, parameters } = this.facts
    const tensors = Object.entries(await this.getParameters(parameters))
    const state = (name: string) => this.#state.read(name)
    return {
      parameters: new Map(tensors.map(([name, tensor]) => [name, { tensor, requiresGrad: trainable.includes(name) }])),
      optimizerGroups: this.#updates > 0 ? saveOptimizer(this.#optimizer, this.#updates, state) : [],
      properties: this.#properties,
    }
  }

  async release(): Promise<void> {
    await this.#models.closeAll()
  }

  /** Opens the model of a step. Only one of them is kept open. */
  async #openStep(model: StepName, feeds: Tensors): Promise<RuntimeSession> {
    await this.#models.close(...STEPS.filter((other) => other !== model))
    return this.#models.get(model, this.#layouts.size > 0 || knowsShapes(this.target) ? factsOf(feeds) : undefined)
  }

  /** The names of the tensors that an update changes: parameters and the optimizer's state. */
  get #updated(): readonly string[] {
    return this.#optimizer.graph.outputs.map(({ name }) => name.slice(0, -'.out'.length))
  }

  #updateFeeds(learningRates: LearningRates | undefined): Tensors {
    const rates = ratesOf(learningRates, this.#optimizer)
    return { learning_rate: float32(rates, [rates.length]), step: int64([this.#updates + 1]) }
  }

  /** Returns buffers for the next values of some tensors, by the names of the outputs that compute them. */
  #nextOf(names: readonly string[]): Record<string, Tensor | null> {
    return Object.fromEntries(names.map((name) => [`${name}.out`, this.#spare(name)]))
  }

  #advance(names: readonly string[], results: Tensors): void {
    for (const name of names) this.#state.advance(name, results[`${name}.out`]!)
  }

  /** Returns the memory of a gradient: a sum is computed beside the one that it continues, others over the one before. */
  #gradientMemory(parameter: string, model: StepName): Tensor | null {
    const [gradient, { type, dims }] = [gradientOf(parameter), this.#state.get(parameter)!]
    if (!this.#state.has(gradient)) this.#state.add(gradient, type, dims)
    return model === 'training' ? this.#state.get(gradient)! : this.#spare(gradient)
  }

  #spare(name: string): Tensor | null {
    return this.runtime.fillsMemory ? this.#state.spare(name) : null
  }

  #feedsOf(session: RuntimeSession, feeds: Tensors): Tensors {
    const feedOf = (input: string) => feeds[input] ?? this.#state.get(gradientOfBuffer(input) ?? input)
    return Object.fromEntries(session.inputNames.map((name) => [name, feedOf(name)!]))
  }

  #demand(parameter: string, known: ReadonlySet<string>): void {
    if (!known.has(parameter)) throw contractError('session/unknown-parameter', { parameter, known: [...known] })
  }
}

const bool = (value: boolean): Tensor<'bool'> => ({ type: 'bool', dims: [1], data: Uint8Array.of(Number(value)) })
