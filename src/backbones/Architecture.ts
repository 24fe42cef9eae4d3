import type { Graph } from '../onnx/graph/graph.js'
import type { Head } from './Backbone.js'
import type { TensorSpec } from './TorchLayers.js'

/** The description of a network: its graph for given sizes, without its weights. */
export interface Architecture {
  readonly name: string
  readonly head: Head
  /** The number of channels of the first stage; those of all others are multiples of it. */
  readonly defaultWidth: number
  /**
   * The mean and standard deviation of each channel (red, green, blue) that the published weights were trained with.
   */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /**
   * Reads the sizes from the shapes of a file's tensors, by name. Default: the width is the number of filters of the
   * first tensor, and the images may have any size.
   */
  readonly sizesOf?: (dims: (name: string) => readonly number[] | undefined) => FoundSizes
  build(sizes: Sizes): Blueprint
}

export interface Sizes {
  readonly classes: number
  /** The height and width of the input, in pixels. */
  readonly imageSize: number
  readonly width: number
}

/** The sizes that the tensors of a file show. */
export interface FoundSizes {
  readonly width?: number | undefined
  readonly imageSize?: number | undefined
}

/** A forward graph without its initializers, and the tensors to fill it with. */
export interface Blueprint {
  readonly graph: Graph
  readonly tensors: readonly TensorSpec[]
}
