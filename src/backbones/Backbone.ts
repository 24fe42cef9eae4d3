import type { Graph } from '../onnx/graph/graph.js'
import type { Task } from './task.js'

/**
 * The last layer, from features to class scores: the names of its weight [classes, features], or [classes, features, 1,
 * 1] of a convolution, and of its bias [classes].
 */
export interface Head extends HeadLayer {
  /** The layers before that one, of a head of several; a ReLU follows each but an embedding. Default: none. */
  readonly hidden?: readonly HeadLayer[] | undefined
  /** True if the last of these layers makes the embedding of an image. @default false */
  readonly embedding?: boolean | undefined
  /** The share of the values before each layer that training drops. Default: none. */
  readonly dropout?: number | undefined
}

/** The names of the tensors of a linear layer. */
export interface HeadLayer {
  readonly weight: string
  readonly bias: string
}

/** The steps from an image to the input of the network. */
export interface Preprocessing {
  /**
   * The size before cropping, in pixels: the length of the image's shorter side, or [height, width] in any aspect.
   */
  readonly resize: number | readonly [height: number, width: number]
  /** The side of the square cropped from its centre: the height and width of the network's input. */
  readonly crop: number
  /** The mean of each channel (red, green, blue), for values from 0 to 1. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** True if an image is first rotated or mirrored according to its EXIF orientation. @default true */
  readonly autoOrient?: boolean | undefined
  /** The point at which the image becomes grey, in all three channels. Default: never. */
  readonly grayscale?: 'beforeResize' | 'afterResize' | undefined
  /** The transforms of the network's training run that no field can express: `exportClassifier` refuses them. */
  readonly inexpressible?: Inexpressible | undefined
}

/** A transform of a run's validation that `Preprocessing` has no field for. */
export interface Inexpressible {
  readonly transform: string
  readonly problem: string
}

/** A network with its weights, as `loadBackbone` returns it. It never changes: `replaceHead` makes a `Model` of it. */
export interface Backbone {
  readonly architecture: string
  /**
   * The forward pass in inference form: input `input` float32 [N, 3, crop, crop], output `logits` [N, classes].
   * Parameters and running statistics are its initializers, with torchvision's names.
   */
  readonly graph: Graph
  /** The names of the learned parameters, in the order of the network. */
  readonly parameters: readonly string[]
  /** The tensors that are not learned: running statistics of batch norm, updated while training, and a kept classifier. */
  readonly buffers: readonly string[]
  readonly head: Head
  /** The names of the classes, if they are known. */
  readonly classes: readonly string[] | undefined
  readonly preprocessing: Preprocessing
  /** Warnings to consider before training. Default: none. */
  readonly warnings?: readonly BackboneWarning[] | undefined
  /** The task of the head, in a file of `saveWeights`. Default: that of one class an image. */
  readonly task?: Task | undefined
  /** The old classifier beside a new head, if it is kept: see `keepClassifier`. Default: none. */
  readonly kept?: KeptClassifier | undefined
}

/** An old classifier that gives features to a new head. */
export interface KeptClassifier {
  /** The names of its weight [classes, features] and its bias [classes], which are buffers. */
  readonly weight: string
  readonly bias: string
  /** The old classes whose probabilities are, as logarithms, the last features of the head. */
  readonly classes: readonly number[]
}

/** A property of a network that makes training it harder than expected. */
export interface BackboneWarning {
  /** Batch norms are missing from the file: the layers that used their statistics now compute with constants. */
  readonly code: 'folded-batch-norm'
  readonly count: number
  /** The same as a sentence, with advice. */
  readonly message: string
}
