import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import type { CheckpointState } from '../../contract/CheckpointState.js'
import type { Target } from '../../lowering/targets.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { RuntimeName } from '../../platform/runtimes.js'
import type { RuntimeSettings } from '../../runtime/runtime.js'

/** What a session is made of. */
export interface HostOptions extends RuntimeSettings {
  readonly artifacts: TrainingArtifacts
  readonly runtime?: RuntimeName | undefined
  readonly target?: Target | undefined
}

/** What the calling thread knows about a session. */
export interface SessionInfo {
  readonly runtime: RuntimeName
  /** The name of the output that holds the loss. */
  readonly loss: string
  /** In the order of the network. */
  readonly trainable: readonly string[]
  /** Trainable and frozen parameters, and running statistics. */
  readonly parameters: readonly string[]
  readonly groups: readonly { readonly name: string; readonly lr: number }[]
}

export type Tensors = Record<string, Tensor>

/** A learning rate for each parameter group: in the order of the groups, or by their names. */
export type LearningRates = readonly number[] | Readonly<Record<string, number>>

export interface OptimizerStepOptions {
  /** In the order of the groups, or by their names. Default: the groups' own. */
  readonly learningRates?: LearningRates | undefined
  /**
   * What the gradients that have added up are multiplied by first, above 0: 1 / k makes the mean of k batches of them.
   * Default 1.
   */
  readonly gradientScale?: number | undefined
  /** Whether the gradients stay, so that the next train step adds to them. Default false. */
  readonly keepGradients?: boolean | undefined
}

export interface HostStepOptions {
  readonly mustBeFinite?: boolean | undefined
  readonly learningRates?: LearningRates | undefined
  /** Whether the buffers of the feeds come back with the outputs. */
  readonly returnBuffers?: boolean | undefined
}

export interface StepResult {
  readonly outputs: Tensors
  readonly buffers: readonly ArrayBuffer[]
}

/** The calls that the thread with ONNX Runtime answers, one after the other. */
export interface HostCalls {
  open(options: HostOptions): Promise<SessionInfo>
  trainStep(feeds: Tensors, options: HostStepOptions): Promise<StepResult>
  updateStep(feeds: Tensors, options: HostStepOptions): Promise<StepResult>
  evalStep(feeds: Tensors, options: HostStepOptions): Promise<StepResult>
  optimizerStep(options: OptimizerStepOptions): Promise<void>
  lazyResetGrad(): Promise<void>
  getParameters(names: readonly string[] | undefined): Promise<Tensors>
  setParameters(parameters: Tensors): Promise<void>
  getCheckpoint(): Promise<CheckpointState>
  getGradients(names: readonly string[] | undefined): Promise<Tensors>
  release(): Promise<void>
}
