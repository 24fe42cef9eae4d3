import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import type { CheckpointState } from '../../contract/CheckpointState.js'
import type { Target } from '../../lowering/targets.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { ExecutionProviders, RuntimeName } from '../../platform/runtimes.js'
import type { RuntimeReport } from '../../runtime/RuntimeReport.js'
import type { Verdict } from './verdicts.js'

/** The options of a training host: the artifacts of a session and the settings of the runtime. */
export interface HostOptions {
  readonly artifacts: TrainingArtifacts
  readonly runtime?: RuntimeName | undefined
  readonly executionProviders?: ExecutionProviders | undefined
  readonly threads?: number | undefined
  readonly target?: Target | undefined
}

/** The properties of a session that the calling thread knows. */
export interface SessionInfo {
  readonly runtime: RuntimeName
  /** The runtime and the execution provider that compute, and the reasons why others do not. */
  readonly runtimeReport: RuntimeReport
  /** The name of the output that holds the loss. */
  readonly loss: string
  /** The names of the trainable parameters, in the order of the network. */
  readonly trainable: readonly string[]
  /** The names of trainable and frozen parameters, and running statistics. */
  readonly parameters: readonly string[]
  /** The names of the running statistics that a train step updates. */
  readonly statistics: readonly string[]
  readonly groups: readonly { readonly name: string; readonly lr: number }[]
}

export interface OpenedSession {
  readonly facts: SessionInfo
  readonly verdicts: readonly Verdict[]
}

export type Tensors = Record<string, Tensor>

/** A learning rate for each parameter group: in the order of the groups, or by their names. */
export type LearningRates = readonly number[] | Readonly<Record<string, number>>

export interface OptimizerStepOptions {
  /** The learning rates in the order of the groups, or by their names. Default: the groups' own. */
  readonly learningRates?: LearningRates | undefined
  /**
   * The factor, above 0, by which the accumulated gradients are multiplied first: 1 / k makes the mean of k batches of
   * them.
   * @default 1
   */
  readonly gradientScale?: number | undefined
  /** True if the gradients are kept, so that the next train step adds to them. @default false */
  readonly keepGradients?: boolean | undefined
}

export interface HostStepOptions {
  readonly mustBeFinite?: boolean | undefined
  readonly learningRates?: LearningRates | undefined
  /** True if the averages are evaluated. */
  readonly averages?: boolean | undefined
  /** True if the buffers of the feeds are returned with the outputs. */
  readonly returnBuffers?: boolean | undefined
}

export interface StepResult {
  readonly outputs: Tensors
  readonly buffers: readonly ArrayBuffer[]
}

/** The calls that the thread with ONNX Runtime answers, one after another. */
export interface HostCalls {
  /** @param known the results of self-tests that another thread has made */
  open(options: HostOptions, known: readonly Verdict[]): Promise<OpenedSession>
  trainStep(feeds: Tensors, options: HostStepOptions): Promise<StepResult>
  updateStep(feeds: Tensors, options: HostStepOptions): Promise<StepResult>
  evalStep(feeds: Tensors, options: HostStepOptions): Promise<StepResult>
  optimizerStep(options: OptimizerStepOptions): Promise<void>
  lazyResetGrad(): Promise<void>
  getParameters(names: readonly string[] | undefined): Promise<Tensors>
  setParameters(parameters: Tensors): Promise<void>
  getCheckpoint(): Promise<CheckpointState>
  /** Writes the accumulated gradients into shared memory, in the order of the trainable parameters. */
  shareGradients(memory: SharedArrayBuffer): Promise<void>
  /** Replaces the accumulated gradients by the sum of those in shared memory, in the order of the list. */
  takeGradients(memories: readonly SharedArrayBuffer[]): Promise<void>
  /** Replaces some parameters and all of the optimizer's state, and drops the accumulated gradients. */
  setState(parameters: Tensors, optimizerGroups: CheckpointState['optimizerGroups']): Promise<void>
  getGradients(names: readonly string[] | undefined): Promise<Tensors>
  startAverages(from: Tensors): Promise<void>
  updateAverages(share: number): Promise<void>
  getAverages(names: readonly string[] | undefined): Promise<Tensors>
  release(): Promise<void>
}
