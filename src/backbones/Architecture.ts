import type { Graph } from '../onnx/graph/graph.js'
import type { Head } from './Backbone.js'
import type { TensorSpec } from './TorchLayers.js'

/** A network as a description: what it looks like for given sizes, without its weights. */
export interface Architecture {
  readonly name: string
  readonly head: Head
  /** Channels of the first stage, by which all others are measured. */
  readonly defaultWidth: number
  /** Mean and standard deviation of each channel (red, green, blue) that the published weights were trained with. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  build(sizes: Sizes): Blueprint
}

export interface Sizes {
  readonly classes: number
  /** Height and width of the input, in pixels. */
  readonly imageSize: number
  readonly width: number
}

/** A forward graph that lacks its initializers, and the tensors to fill it with. */
export interface Blueprint {
  readonly graph: Graph
  readonly tensors: readonly TensorSpec[]
}
