import type { Tensor } from '../onnx/graph/tensor.js'

export interface CheckpointParameter {
  readonly tensor: Tensor
  /** False for frozen parameters and for running statistics. */
  readonly requiresGrad: boolean
}

/** What an optimizer remembers about the parameters that it updates. */
export interface OptimizerGroupState {
  readonly name: string
  /** How many updates it has made. */
  readonly step: number
  readonly learningRate: number
  /** By parameter, then by name of the state: `momentum0`. */
  readonly states: ReadonlyMap<string, ReadonlyMap<string, Tensor>>
}

/** The state of a training, as the official `checkpoint` file holds it. */
export interface CheckpointState {
  /** By name, in the order of the network. */
  readonly parameters: ReadonlyMap<string, CheckpointParameter>
  /** Empty before the first update. */
  readonly optimizerGroups: readonly OptimizerGroupState[]
  /** What a user stores beside: `epoch`, `bestScore`. A whole number reads back as a bigint, any other as a number. */
  readonly properties: ReadonlyMap<string, bigint | number | string>
}
