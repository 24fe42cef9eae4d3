import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import type { CheckpointState } from '../../contract/CheckpointState.js'
import type { PlainError } from '../../errors.js'
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
export interface SessionFacts {
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

/** What the host can be asked to do: arguments and result of each call. All of it survives a message between threads. */
export interface HostCalls {
  open(options: HostOptions): Promise<SessionFacts>
  trainStep(feeds: Tensors, mustBeFinite?: boolean): Promise<Tensors>
  updateStep(feeds: Tensors, learningRates: LearningRates | undefined, mustBeFinite?: boolean): Promise<Tensors>
  optimizerStep(options: OptimizerStepOptions): Promise<void>
  lazyResetGrad(): Promise<void>
  evalStep(feeds: Tensors): Promise<Tensors>
  getParameters(names: readonly string[] | undefined): Promise<Tensors>
  setParameters(parameters: Tensors): Promise<void>
  getCheckpoint(): Promise<CheckpointState>
  getGradients(names: readonly string[] | undefined): Promise<Tensors>
  /** @param dropQueue whether calls that wait before this one are left out */
  release(dropQueue: boolean): Promise<void>
}

export type HostCall = keyof HostCalls

export interface HostRequest {
  readonly id: number
  readonly call: HostCall
  readonly args: readonly unknown[]
  /** Whether memory that came with the request goes back with the answer. */
  readonly lent?: boolean
}

export type HostReply =
  | { readonly id: number; readonly result: unknown; readonly returned?: readonly ArrayBuffer[] }
  | { readonly id: number; readonly error: PlainError }
