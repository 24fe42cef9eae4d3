import type { Graph } from '../onnx/graph/graph.js'

/**
 * The last layer, from features to class scores: names of its weight [classes, features], or [classes, features, 1, 1] of a
 * convolution, and of its bias [classes].
 */
export interface Head {
  readonly weight: string
  readonly bias: string
}

/** How a picture becomes the input of the network. */
export interface Preprocessing {
  /** Before cropping, in pixels: the length of the picture's shorter side, or [height, width] whatever its aspect. */
  readonly resize: number | readonly [height: number, width: number]
  /** Side of the square cut out of its centre: the height and width of the network's input. */
  readonly crop: number
  /** Of each channel (red, green, blue), for values from 0 to 1. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Whether a picture is turned first as its EXIF orientation asks. Default true. */
  readonly autoOrient?: boolean | undefined
  /** When the picture becomes grey, in all three channels. Default: never. */
  readonly grayscale?: 'beforeResize' | 'afterResize' | undefined
  /** What the run that trained the network did beside all that and no field says: `exportClassifier` refuses it. */
  readonly inexpressible?: Inexpressible | undefined
}

/** A transform of a run's validation that `Preprocessing` has no field for. */
export interface Inexpressible {
  readonly transform: string
  readonly problem: string
}

/** A network with its weights, as `loadBackbone` returns it. Nothing changes it: `replaceHead` makes a `Model` of it. */
export interface Backbone {
  readonly architecture: string
  /**
   * The forward pass in inference form: input `input` float32 [N, 3, crop, crop], output `logits` [N, classes].
   * Parameters and running statistics are its initializers, with torchvision's names.
   */
  readonly graph: Graph
  /** What is learned, in the order of the network. */
  readonly parameters: readonly string[]
  /** Running statistics of batch norm: updated while training, not learned. */
  readonly buffers: readonly string[]
  readonly head: Head
  /** Names of the classes, where they are known. */
  readonly classes: readonly string[] | undefined
  readonly preprocessing: Preprocessing
  /** What to know before it is trained. Default: nothing. */
  readonly warnings?: readonly BackboneWarning[] | undefined
}

/** Something about a network that makes training it harder than it looks. */
export interface BackboneWarning {
  /** Batch norms that the file has no more: what computed with their statistics now computes with constants. */
  readonly code: 'folded-batch-norm'
  readonly count: number
  /** The same as a sentence, and what to do about it. */
  readonly message: string
}
