import { checkArgument, checkOptional, kinds } from '../../arguments.js'
import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import type { CheckpointState } from '../../contract/CheckpointState.js'
import type { Target } from '../../lowering/targets.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { checkOptions } from '../../options.js'
import type { ExecutionProviders, RuntimeName } from '../../platform/runtimes.js'
import type { RuntimeReport } from '../../runtime/RuntimeReport.js'
import type { WorkerThread } from '../../threads/WorkerThread.js'
import { sessionError } from '../errors.js'
import { badTensor, checkTensors } from '../protocol/checkTensors.js'
import type { HostCalls, HostStepOptions, OptimizerStepOptions, SessionInfo } from '../protocol/HostCalls.js'
import { buffersOf, checkpointBuffers, copies, copyOfCheckpoint } from '../protocol/transfer.js'
import { knownVerdicts, learnVerdicts } from '../protocol/verdicts.js'
import { AveragedWeights } from './AveragedWeights.js'
import { sessionSchema } from './sessionSchema.js'
import { startHost } from './startHost.js'
import {
  type EvalStepOptions,
  evalSchema,
  optimizerStepSchema,
  type StepOptions,
  stepSchema,
  type TrainStepOptions,
  tensorsKind,
  updateSchema,
} from './stepOptions.js'
import { toSend } from './toSend.js'

export interface TrainingEngineOptions {
  /**
   * The artifacts, from `generateArtifacts` or the official tool. They are not changed, and must not be until the
   * session is created.
   */
  readonly artifacts: TrainingArtifacts
  /** The ONNX Runtime package. Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /**
   * The execution providers to choose from, `['webgpu', 'cpu']`: the first that computes a training step of a tiny
   * network right, or an error if none does. `'auto'`: the most promising of those that are there, else the CPU.
   * Default: the CPU; in the browser `'auto'`.
   */
  readonly executionProviders?: ExecutionProviders | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  /** The operators and strategies that the lowered graphs use. Default: that of the runtime. */
  readonly target?: Target | undefined
  /**
   * Aborting it ends the session: every waiting call is rejected with its reason at once, and so is every later call.
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * A network in training, in a thread of its own: the calling thread is never blocked, and parameters, gradients and
 * optimizer state stay in that thread. Calls are carried out in their order; each can be made before the previous one
 * has ended.
 *
 *     const session = await TrainingEngine.create({ artifacts })
 *     const outputs = await session.trainStep({ input, labels })       // outputs[session.loss] is the loss
 *     await session.optimizerStep({ learningRates: { backbone: 1e-4, head: 1e-3 } })
 *     await session.release()
 */
export class TrainingEngine implements SessionInfo {
  readonly runtime: RuntimeName
  /** The runtime and the execution provider that compute, and the reasons why others do not. */
  readonly runtimeReport: RuntimeReport
  /** The name of the output that holds the loss, a scalar. */
  readonly loss: string
  /** The names of the trainable parameters. */
  readonly trainable: readonly string[]
  /** The names of all parameters: trainable, frozen, and running statistics. */
  readonly parameters: readonly string[]
  /** The names of the running statistics that a train step updates. */
  readonly statistics: readonly string[]
  /** The optimizer's groups with the learning rates that the optimizer was created with. */
  readonly groups: readonly { readonly name: string; readonly lr: number }[]
  /** The averages of the weights over steps, once they are started. */
  readonly averages: AveragedWeights
  /** The thread that computes. @internal */
  readonly host: WorkerThread<HostCalls>

  private constructor(host: WorkerThread<HostCalls>, facts: SessionInfo) {
    this.host = host
    this.runtime = facts.runtime
    this.runtimeReport = facts.runtimeReport
    this.loss = facts.loss
    this.trainable = facts.trainable
    this.parameters = facts.parameters
    this.statistics = facts.statistics
    this.groups = facts.groups
    this.averages = new AveragedWeights(host)
  }

  /**
   * Starts the thread and loads ONNX Runtime there. Models are opened when a step first needs them.
   *
   * @throws FineTuneError 'options/invalid'; 'session/no-provider' if no execution provider of the list works;
   *   'session/no-runtime', 'session/runtime-version'; 'session/worker-died';
   *   'onnx/malformed' and 'artifacts/unsupported-optimizer' for artifacts that cannot be used; the signal's reason
   */
  static async create(options: TrainingEngineOptions): Promise<TrainingEngine> {
    const { signal, artifacts, ...rest } = checkOptions(sessionSchema, options, 'TrainingEngine')
    signal?.throwIfAborted()
    const host = startHost(signal)
    try {
      const checkpoint = await copyOfCheckpoint(artifacts.checkpoint)
      const sent = { ...rest, artifacts: { ...artifacts, checkpoint } }
      const transfer = checkpointBuffers(checkpoint)
      const { facts, verdicts } = await host.call('open', [sent, knownVerdicts()], { transfer })
      learnVerdicts(verdicts)
      return new TrainingEngine(host, facts)
    } catch (error) {
      await host.end(error)
      throw error
    }
  }

  /**
   * Computes the forward and backward pass over one batch. Gradients are accumulated until the next optimizer step.
   * Running statistics of batch normalization are updated. A step whose loss is not finite changes nothing: its
   * gradients are not added.
   *
   * @returns the loss and the other outputs of the training model, by name
   * @throws FineTuneError 'session/bad-feed', 'session/cannot-open', 'session/run-failed', 'session/out-of-memory',
   *   'lowering/no-lowering'; 'session/not-finite' if the loss is finite but a gradient, an accumulated gradient or a
   *   statistic is not: nothing is changed
   */
  async trainStep(
    feeds: Readonly<Record<string, Tensor>>,
    options: TrainStepOptions = {},
  ): Promise<Record<string, Tensor>> {
    checkOptions(stepSchema, options, 'trainStep')
    return this.#step('trainStep', feeds, options)
  }

  /**
   * Computes `trainStep` and `optimizerStep` in one run, which is faster and needs no memory for gradients
   * (`getGradients` has none afterwards). Gradients that have been accumulated before are included. A step whose loss
   * is not finite changes nothing.
   *
   * @returns as `trainStep`
   * @throws FineTuneError those of `trainStep`; 'options/invalid' for learning rates that do not fit the groups
   */
  async updateStep(
    feeds: Readonly<Record<string, Tensor>>,
    options: TrainStepOptions & Pick<OptimizerStepOptions, 'learningRates'> = {},
  ): Promise<Record<string, Tensor>> {
    checkOptions(updateSchema, options, 'updateStep')
    return this.#step('updateStep', feeds, options)
  }

  /**
   * Updates the trainable parameters with the accumulated gradients. The next train step starts them anew. Learning
   * rates that are omitted are those of the groups. With `keepGradients` (default false) the next train step adds to
   * the gradients instead, until `lazyResetGrad`.
   *
   * @throws FineTuneError 'session/no-gradients' without a train step of finite loss since the last update,
   *   'options/invalid' for learning rates that do not fit the groups, or a scale that is not above 0
   */
  async optimizerStep(options: OptimizerStepOptions = {}): Promise<void> {
    return this.host.call('optimizerStep', [checkOptions(optimizerStepSchema, options, 'optimizerStep')])
  }

  /** Drops the accumulated gradients. */
  lazyResetGrad(): Promise<void> {
    return this.host.call('lazyResetGrad', [])
  }

  /**
   * Computes the evaluation model over one batch: batch normalization with its running statistics, no gradients.
   *
   * @returns the loss and the other outputs of the evaluation model, by name
   * @throws FineTuneError those of `trainStep`; 'session/no-averages'
   */
  async evalStep(
    feeds: Readonly<Record<string, Tensor>>,
    options: EvalStepOptions = {},
  ): Promise<Record<string, Tensor>> {
    checkOptions(evalSchema, options, 'evalStep')
    return this.#step('evalStep', feeds, options)
  }

  /**
   * Returns copies of parameters and running statistics by name. Default: all of them.
   *
   * @throws FineTuneError 'session/unknown-parameter'
   */
  async getParameters(names?: readonly string[]): Promise<Record<string, Tensor>> {
    checkOptional('getParameters: names', names, kinds.names)
    return this.host.call('getParameters', [names])
  }

  /**
   * Replaces some parameters. The optimizer's state is not changed.
   *
   * @throws FineTuneError 'session/unknown-parameter', 'session/bad-tensor' for another type or shape
   */
  async setParameters(parameters: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>): Promise<void> {
    checkArgument('setParameters: parameters', parameters, tensorsKind)
    const record: Record<string, Tensor> = parameters instanceof Map ? Object.fromEntries(parameters) : parameters
    checkTensors(record, badTensor)
    const sent = copies(record)
    return this.host.call('setParameters', [sent], { transfer: buffersOf(sent) })
  }

  /**
   * Returns the gradients accumulated since the last optimizer step, by parameter. Default: all of them.
   *
   * @throws FineTuneError 'session/no-gradients' if there are none, 'session/unknown-parameter'
   */
  async getGradients(names?: readonly string[]): Promise<Record<string, Tensor>> {
    checkOptional('getGradients: names', names, kinds.names)
    return this.host.call('getGradients', [names])
  }

  /**
   * Returns the state of the training: parameters, running statistics and the optimizer's state. A session that is
   * created with this checkpoint among its artifacts continues from there; accumulated gradients are not part of it.
   */
  getCheckpoint(): Promise<CheckpointState> {
    return this.host.call('getCheckpoint', [])
  }

  /** Frees ONNX Runtime's memory and ends the thread, after the calls that were made before. */
  async release(): Promise<void> {
    await this.host.call('release', []).catch(() => undefined)
    await this.host.end(sessionError('session/released', {}))
  }

  async #step(
    call: 'trainStep' | 'updateStep' | 'evalStep',
    feeds: Readonly<Record<string, Tensor>>,
    options: StepOptions & HostStepOptions,
  ): Promise<Record<string, Tensor>> {
    const { pool, mustBeFinite, learningRates, averages } = options
    const sent = toSend(feeds, options)
    const asked = { mustBeFinite, learningRates, averages, returnBuffers: pool !== undefined }
    const { outputs, buffers } = await this.host.call(call, [sent, asked], { transfer: buffersOf(sent) })
    for (const buffer of buffers) pool?.release(buffer)
    return outputs
  }
}
