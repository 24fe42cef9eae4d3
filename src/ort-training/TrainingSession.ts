import { checkArgument, checkOptional, kinds } from '../arguments.js'
import { type SomeArtifacts, saveArtifacts } from '../artifacts/saveArtifacts.js'
import { writeArtifact } from '../artifacts/writeArtifact.js'
import { writeCheckpoint } from '../artifacts/writeCheckpoint.js'
import type { CheckpointState, OptimizerGroupState } from '../contract/CheckpointState.js'
import type { Schedule } from '../optim/schedules.js'
import { TrainingEngine as Engine } from '../session/client/TrainingEngine.js'
import { join, sizeOfAll, split, tensorsOf } from './contiguous.js'
import { ortTrainingError } from './errors.js'
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
 * The TrainingSession of onnxruntime-web/training 1.19, the last release, on stock ONNX Runtime: same names, calls and files.
 *
 *     const session = await TrainingSession.create({ checkpointState, trainModel, evalModel, optimizerModel })
 *     const results = await session.runTrainStep({ input, labels })
 *     await session.runOptimizerStep()
 *     await session.lazyResetGrad()
 *
 * In addition: learning rates and their schedule, saving, export, running statistics. The calling thread is never
 * blocked; calls are carried out in their order, and each may be made before the previous one is done.
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
   * @throws FineTuneError 'options/invalid', 'session/no-runtime', those of `loadArtifacts`, the signal's reason
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

  /** The names of a train step's inputs. */
  get trainingInputNames(): readonly string[] {
    return this.#names.trainingInputs
  }
  /** The names of a train step's outputs, the loss first. */
  get trainingOutputNames(): readonly string[] {
    return this.#names.trainingOutputs
  }
  /** The names of the evaluation model's inputs; none without an evaluation model. */
  get evalInputNames(): readonly string[] {
    return this.#names.evalInputs
  }
  /** The names of the evaluation model's outputs; none without an evaluation model. */
  get evalOutputNames(): readonly string[] {
    return this.#names.evalOutputs
  }

  /** The learning rate of the first parameter group. Setting it sets that of all groups. */
  get learningRate(): number {
    return Object.values(this.learningRates)[0]!
  }
  set learningRate(rate: number) {
    this.#learning.setAll(rate)
  }

  /** The learning rates by parameter group, in official files `group0`. Setting keeps those of omitted groups. */
  get learningRates(): Readonly<Record<string, number>> {
    return this.#learning.rates
  }
  set learningRates(rates: Readonly<Record<string, number>>) {
    this.#learning.set(rates)
  }

  /** The function that returns the factor of the learning rates at each optimizer step, from 0. Initially always 1. */
  get schedule(): Schedule {
    return this.#learning.schedule
  }
  set schedule(schedule: Schedule) {
    this.#learning.schedule = schedule
  }

  /**
   * Runs a forward and backward pass over one batch. Gradients accumulate until `lazyResetGrad`, as in the original:
   * without it, the step after an optimizer step adds to the gradients before it.
   *
   * @throws FineTuneError 'session/bad-feed', 'options/invalid' for fetches that the model does not have,
   *   'lowering/no-lowering' for a training operator that this library does not know, 'session/cannot-open',
   *   'session/run-failed'
   */
  runTrainStep(feeds: Feeds, options?: RunOptions): Promise<Record<string, OrtTensor>>
  runTrainStep(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Record<string, OrtTensor>>
  async runTrainStep(feeds: Feeds, second?: Fetches | RunOptions, third?: RunOptions) {
    const [fetches, { transfer }] = fetchesAndOptions(this.trainingOutputNames, second, third)
    checkNames(namesOfFetches(fetches), this.trainingOutputNames, 'runTrainStep: fetches')
    return pickOutputs(await this.#engine.trainStep(toTensors(feeds), { transfer }), fetches)
  }

  /**
   * Runs the evaluation model over one batch.
   *
   * @throws FineTuneError 'training/no-model' without an evaluation model; those of `runTrainStep`
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
   * Updates the trainable parameters. The gradients are kept until `lazyResetGrad`.
   *
   * @throws FineTuneError 'training/no-model' without an optimizer model, 'session/no-gradients' before a train step
   */
  async runOptimizerStep(_options?: RunOptions): Promise<void> {
    this.#need('optimizerModel', 'runOptimizerStep')
    await this.#learning.step((learningRates) => this.#engine.optimizerStep({ learningRates, keepGradients: true }))
  }

  /** Lets the next train step replace the gradients. */
  async lazyResetGrad(): Promise<void> {
    await this.#engine.lazyResetGrad()
  }

  /**
   * Returns the number of elements in `getContiguousParameters`.
   *
   * @throws FineTuneError 'session/bad-tensor' where a parameter is not float32
   */
  async getParametersSize(trainableOnly = true): Promise<number> {
    return sizeOfAll(tensorsOf(this.#files.checkpoint), this.#parameters(trainableOnly))
  }

  /**
   * Returns all parameters in one tensor: the trainable ones, then unless `trainableOnly` the others, each in the order
   * of the training model's inputs.
   *
   * @throws FineTuneError 'session/bad-tensor' where a parameter is not float32
   */
  async getContiguousParameters(trainableOnly = true): Promise<OrtTensor<'float32'>> {
    const names = this.#parameters(trainableOnly)
    sizeOfAll(tensorsOf(this.#files.checkpoint), names)
    return join(await this.#engine.getParameters(names), names)
  }

  /**
   * Replaces all parameters by a result of `getContiguousParameters`: the bytes of its float32 elements, or their
   * array.
   *
   * @throws FineTuneError 'options/invalid' for another length, 'session/bad-tensor' where a parameter is not float32
   */
  async loadParametersBuffer(buffer: Uint8Array | Float32Array | ArrayBuffer, trainableOnly = true): Promise<void> {
    await this.#engine.setParameters(split(buffer, tensorsOf(this.#files.checkpoint), this.#parameters(trainableOnly)))
  }

  /**
   * Returns the bytes of an official checkpoint: current parameters, optimizer state, step and learning rates. Later
   * sessions can resume from it.
   *
   * @param path the file to write, too (Node only). Default: none
   * @throws FineTuneError 'artifacts/cannot-write'
   */
  async saveCheckpoint(path?: string | URL): Promise<Uint8Array> {
    checkOptional('saveCheckpoint: path', path, kinds.place)
    const bytes = writeCheckpoint(await this.#checkpoint())
    if (path !== undefined) await writeArtifact(path, bytes)
    return bytes
  }

  /**
   * Writes the files of the session under their official names, with the current checkpoint (Node only). Microsoft's
   * training builds can resume from them too, but with a learning rate of 0.001 until it is set: they do not read it
   * from a checkpoint.
   *
   * @param directory an existing directory
   * @throws FineTuneError 'artifacts/cannot-write'
   */
  async saveArtifacts(directory: string | URL): Promise<void> {
    await saveArtifacts({ ...this.#files, checkpoint: await this.#checkpoint() }, directory)
  }

  /**
   * Returns the bytes of an ONNX model for inference: the evaluation model without loss and labels, with the current
   * parameters.
   *
   * @param outputNames values of the evaluation model. Default: its outputs without the loss, or else the input of the
   *   cross entropy
   * @throws FineTuneError 'training/no-model' without an evaluation model, 'training/unnamed-output', 'options/invalid'
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
    const { optimizerModel, checkpoint } = this.#files
    const { optimizerGroups, ...state } = await this.#engine.getCheckpoint()
    if (!optimizerModel) return { ...state, optimizerGroups: checkpoint.optimizerGroups }
    const rated = ({ name, ...group }: OptimizerGroupState) => ({
      name,
      ...group,
      learningRate: this.learningRates[name]!,
    })
    return { ...state, optimizerGroups: optimizerGroups.map(rated) }
  }

  #parameters(trainableOnly: boolean): readonly string[] {
    checkArgument('trainableOnly', trainableOnly, kinds.flag)
    return trainableOnly ? this.#names.trainable : this.#names.parameters
  }

  #need(model: 'evalModel' | 'optimizerModel', call: string): Uint8Array {
    const bytes = this.#files[model]
    if (bytes) return bytes
    throw ortTrainingError('training/no-model', { model, call })
  }
}
