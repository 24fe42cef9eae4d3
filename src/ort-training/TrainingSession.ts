import { checkArgument, checkOptional, kinds } from '../arguments.js'
import { type SomeArtifacts, saveArtifacts } from '../artifacts/saveArtifacts.js'
import { writeArtifact } from '../artifacts/writeArtifact.js'
import { writeCheckpoint } from '../artifacts/writeCheckpoint.js'
import type { CheckpointState } from '../contract/CheckpointState.js'
import { FineTuneError } from '../errors.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import type { Schedule } from '../optim/schedules.js'
import { TrainingSession as Engine } from '../session/client/TrainingSession.js'
import { join, sizeOfAll, split } from './contiguous.js'
import { exposeStatistics } from './exposeStatistics.js'
import { complete, loadFiles, type TrainingSessionFiles } from './files.js'
import { inferenceModel } from './inferenceModel.js'
import { LearningRate } from './LearningRate.js'
import { type Names, namesOf } from './names.js'
import { checkSessionOptions, type SessionOptions } from './options.js'
import {
  checkNames,
  type Feeds,
  type Fetches,
  fetchesAndOptions,
  namesOfFetches,
  type OrtTensor,
  pickOutputs,
  type RunOptions,
  toTensors,
} from './tensors.js'

/**
 * The TrainingSession of onnxruntime-web/training 1.19, the last one there was, on stock ONNX Runtime. Names, arguments
 * and order of calls are the same, and so are the files.
 *
 *     const session = await TrainingSession.create({ checkpointState, trainModel, evalModel, optimizerModel })
 *     const results = await session.runTrainStep({ input, labels })
 *     await session.runOptimizerStep()
 *     await session.lazyResetGrad()
 *
 * Beyond it: learning rates and their schedule, saving, export, running statistics, and nothing ever blocks the calling
 * thread. Calls are carried out in their order; each may be made before the one before is done.
 */
export class TrainingSession {
  readonly #engine: Engine
  readonly #files: SomeArtifacts
  readonly #names: Names
  readonly #learning: LearningRate

  private constructor(engine: Engine, files: SomeArtifacts) {
    this.#engine = engine
    this.#files = files
    this.#names = namesOf(files)
    this.#learning = new LearningRate(engine.groups, files.optimizerModel ? files.checkpoint.optimizerGroups : [])
  }

  /**
   * Reads the files and starts the thread that trains.
   *
   * @throws 'options/invalid', 'session/no-runtime', the signal's reason, and as `loadArtifacts`
   */
  static async create(files: TrainingSessionFiles, options: SessionOptions = {}): Promise<TrainingSession> {
    const { engine, signal, learningRate, schedule, updateRunningStatistics } = checkSessionOptions(options)
    const loaded = await loadFiles(files, signal)
    const artifacts = updateRunningStatistics ? exposeStatistics(loaded) : loaded
    const session = new TrainingSession(await Engine.create({ artifacts: complete(artifacts), ...engine }), artifacts)
    if (learningRate !== undefined) session.learningRate = learningRate
    if (schedule) session.schedule = schedule
    return session
  }

  /** What a train step is fed with. */
  get trainingInputNames(): readonly string[] {
    return this.#names.trainingInputs
  }
  /** What a train step returns, the loss first. */
  get trainingOutputNames(): readonly string[] {
    return this.#names.trainingOutputs
  }
  /** Empty without an evaluation model. */
  get evalInputNames(): readonly string[] {
    return this.#names.evalInputs
  }
  /** Empty without an evaluation model. */
  get evalOutputNames(): readonly string[] {
    return this.#names.evalOutputs
  }

  /** That of the first parameter group. Setting it sets that of all groups. */
  get learningRate(): number {
    return Object.values(this.learningRates)[0]!
  }
  set learningRate(rate: number) {
    this.#learning.setAll(rate)
  }

  /** By parameter group, of which official files have one, `group0`. Groups that are left out keep theirs. */
  get learningRates(): Readonly<Record<string, number>> {
    return this.#learning.rates
  }
  set learningRates(rates: Readonly<Record<string, number>>) {
    this.#learning.set(rates)
  }

  /** By what the learning rates are multiplied at each optimizer step, counted from 0. At first always 1. */
  get schedule(): Schedule {
    return this.#learning.schedule
  }
  set schedule(schedule: Schedule) {
    this.#learning.schedule = schedule
  }

  /**
   * Forward and backward pass over one batch. Gradients add up until `lazyResetGrad`, as they always did: without it, the
   * step after an optimizer step adds to the gradients before it.
   *
   * @throws 'session/bad-feed', 'options/invalid' for fetches that the model has not, 'lowering/no-lowering' for a training
   *   operator that this library does not know, 'session/cannot-open', 'session/run-failed'
   */
  runTrainStep(feeds: Feeds, options?: RunOptions): Promise<Record<string, OrtTensor>>
  runTrainStep(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Record<string, OrtTensor>>
  async runTrainStep(feeds: Feeds, second?: Fetches | RunOptions, third?: RunOptions) {
    const [fetches, { transfer }] = fetchesAndOptions(this.trainingOutputNames, second, third)
    checkNames(namesOfFetches(fetches), this.trainingOutputNames, 'runTrainStep: fetches')
    return pickOutputs(await this.#engine.trainStep(toTensors(feeds), { transfer }), fetches)
  }

  /**
   * The evaluation model over one batch.
   *
   * @throws as `runTrainStep`; 'training/no-model' without an evaluation model
   */
  runEvalStep(feeds: Feeds, options?: RunOptions): Promise<Record<string, OrtTensor>>
  runEvalStep(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Record<string, OrtTensor>>
  async runEvalStep(feeds: Feeds, second?: Fetches | RunOptions, third?: RunOptions) {
    this.#need('evalModel', 'runEvalStep')
    const [fetches, { transfer }] = fetchesAndOptions(this.evalOutputNames, second, third)
    checkNames(namesOfFetches(fetches), this.evalOutputNames, 'runEvalStep: fetches')
    return pickOutputs(await this.#engine.evalStep(toTensors(feeds), { transfer }), fetches)
  }

  /**
   * Updates the trainable parameters. The gradients stay until `lazyResetGrad`.
   *
   * @throws 'training/no-model' without an optimizer model, 'session/no-gradients' before a train step
   */
  async runOptimizerStep(_options?: RunOptions): Promise<void> {
    this.#need('optimizerModel', 'runOptimizerStep')
    await this.#learning.step((learningRates) => this.#engine.optimizerStep({ learningRates, keepGradients: true }))
  }

  /** The next train step begins the gradients anew. */
  async lazyResetGrad(): Promise<void> {
    await this.#engine.lazyResetGrad()
  }

  /**
   * How many numbers `getContiguousParameters` returns.
   *
   * @throws 'session/bad-tensor' where a parameter is not float32
   */
  async getParametersSize(trainableOnly = true): Promise<number> {
    return sizeOfAll(this.#shapes, this.#parameters(trainableOnly))
  }

  /**
   * All parameters in one row: the trainable ones, then unless `trainableOnly` the others, each in the order of the
   * training model's inputs.
   *
   * @throws 'session/bad-tensor' where a parameter is not float32
   */
  async getContiguousParameters(trainableOnly = true): Promise<OrtTensor<'float32'>> {
    const names = this.#parameters(trainableOnly)
    sizeOfAll(this.#shapes, names)
    return join(await this.#engine.getParameters(names), names)
  }

  /**
   * Replaces all parameters by what `getContiguousParameters` returned: the bytes of its float32 numbers, or their array.
   *
   * @throws 'options/invalid' for another length, 'session/bad-tensor' where a parameter is not float32
   */
  async loadParametersBuffer(buffer: Uint8Array | Float32Array | ArrayBuffer, trainableOnly = true): Promise<void> {
    await this.#engine.setParameters(split(buffer, this.#shapes, this.#parameters(trainableOnly)))
  }

  /**
   * The bytes of an official checkpoint: parameters, optimizer state, step and learning rates of now. Later sessions go on
   * from it.
   *
   * @param path where to write it, too (Node only). Default: nowhere
   * @throws 'artifacts/cannot-write'
   */
  async saveCheckpoint(path?: string | URL): Promise<Uint8Array> {
    checkOptional('saveCheckpoint: path', path, kinds.place)
    const bytes = writeCheckpoint(await this.#checkpoint())
    if (path !== undefined) await writeArtifact(path, bytes)
    return bytes
  }

  /**
   * Writes the files that the session is made of under their official names, with the checkpoint of now (Node only).
   * Microsoft's training builds go on from them, too, but with a learning rate of 0.001 until they are told another: theirs
   * do not read it from a checkpoint.
   *
   * @param directory it must exist
   * @throws 'artifacts/cannot-write'
   */
  async saveArtifacts(directory: string | URL): Promise<void> {
    await saveArtifacts({ ...this.#files, checkpoint: await this.#checkpoint() }, directory)
  }

  /**
   * The bytes of an ONNX model for inference: the evaluation model without loss and labels, the parameters of now inside.
   *
   * @param outputNames values of the evaluation model. Default: its outputs without the loss, or else what a cross entropy
   *   is computed from
   * @throws 'training/no-model' without an evaluation model, 'training/unnamed-output', 'options/invalid'
   */
  async exportInferenceModel(outputNames?: readonly string[]): Promise<Uint8Array> {
    const evalModel = this.#need('evalModel', 'exportInferenceModel')
    return inferenceModel(evalModel, new Map(Object.entries(await this.#engine.getParameters())), outputNames)
  }

  /** Frees ONNX Runtime's memory and ends the thread, after the calls that were made before. */
  async release(): Promise<void> {
    await this.#engine.release()
  }

  async #checkpoint(): Promise<CheckpointState> {
    const rates = this.learningRates
    const { optimizerModel, checkpoint } = this.#files
    const { optimizerGroups, ...state } = await this.#engine.getCheckpoint()
    if (!optimizerModel) return { ...state, optimizerGroups: checkpoint.optimizerGroups }
    const now = optimizerGroups.map((group) => ({ ...group, learningRate: rates[group.name]! }))
    return { ...state, optimizerGroups: now }
  }

  get #shapes(): ReadonlyMap<string, Tensor> {
    return new Map([...this.#files.checkpoint.parameters].map(([name, { tensor }]) => [name, tensor]))
  }

  #parameters(trainableOnly: boolean): readonly string[] {
    checkArgument('trainableOnly', trainableOnly, kinds.flag)
    return trainableOnly ? this.#names.trainable : this.#names.parameters
  }

  #need(model: 'evalModel' | 'optimizerModel', call: string): Uint8Array {
    const bytes = this.#files[model]
    if (bytes) return bytes
    throw new FineTuneError('training/no-model', { model, call })
  }
}
