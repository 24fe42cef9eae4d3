import type { Tensor } from '../onnx/graph/tensor.js'

export interface CheckpointParameter {
  readonly tensor: Tensor
  /** True for trainable parameters, false for frozen ones and for running statistics. */
  readonly requiresGrad: boolean
}

/** The state that an optimizer keeps for the parameters of a group. */
export interface OptimizerGroupState {
  readonly name: string
  /** The number of updates so far. */
  readonly step: number
  readonly learningRate: number
  /** The state tensors by parameter, then by name of the state: `momentum0`. */
  readonly states: ReadonlyMap<string, ReadonlyMap<string, Tensor>>
}

/** The state of a training, as the official `checkpoint` file holds it. */
export interface CheckpointState {
  /** The parameters by name, in the order of the network. */
  readonly parameters: ReadonlyMap<string, CheckpointParameter>
  /** The optimizer state by group, empty before the first update. */
  readonly optimizerGroups: readonly OptimizerGroupState[]
  /**
   * The user's own properties: `epoch`, `bestScore`. An integer reads back as a bigint, any other number as a number.
   */
  readonly properties: ReadonlyMap<string, bigint | number | string>
}
