import type { Graph } from '../onnx/graph/graph.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import type { Head } from './Backbone.js'
import { type TensorSpec, TorchLayers } from './TorchLayers.js'

/** The description of a network: its graph for given sizes, without its weights. */
export interface Architecture {
  readonly name: string
  readonly head: Head
  /** The number of channels of the first stage; those of all others are multiples of it. */
  readonly defaultWidth: number
  /** The number that `width` must be a multiple of; `'fixed'` for a network of one width alone. @default 1 */
  readonly widthStep?: number | 'fixed'
  /** The smallest image that it computes anything from, in pixels. @default 1 */
  readonly leastSize?: number
  /** The side of a patch: the number that the side of an image must be a multiple of, in pixels. @default 1 */
  readonly patchSize?: number
  /** The sizes of images in evaluation, as published: resized, then cropped. Default: 256 and 224. */
  readonly evaluation?: { readonly resize: number; readonly crop: number }
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
  /** Returns today's name of a tensor: published files may have an older one. Default: the same. */
  readonly currentName?: (name: string) => string
  /** True if its files may come without a classifier, as feature extractors. @default false */
  readonly hasNoHead?: boolean
  /**
   * Converts the tensors of a file to those of the network: adds a head if there is none, resizes what depends on the
   * size of images. Default: none is changed.
   */
  readonly adapt?: (file: ReadonlyMap<string, Tensor>, sizes: Sizes) => ReadonlyMap<string, Tensor>
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

/** A forward graph without its learned tensors, and the tensors to fill it with. */
export interface Blueprint {
  readonly graph: Graph
  readonly tensors: readonly TensorSpec[]
}

/** Begins the graph of a network with its input, float32 [N, 3, imageSize, imageSize]. */
export function newNetwork(name: string, imageSize: number): { readonly net: TorchLayers; readonly input: string } {
  const net = new TorchLayers()
  net.g.graph.name = name
  return { net, input: net.g.input('input', 'float32', ['N', 3, imageSize, imageSize]) }
}

/** The mean and standard deviation of ImageNet's images. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const

/** Returns the sizes of images in evaluation: as published, or ImageNet's usual ones. */
export const evaluationOf = ({ evaluation }: Architecture): { readonly resize: number; readonly crop: number } =>
  evaluation ?? { resize: 256, crop: 224 }

/** Tells whether a network of a family can have that many channels in its first stage. */
export const hasWidth = ({ defaultWidth, widthStep = 1 }: Architecture, width: number): boolean =>
  widthStep === 'fixed' ? width === defaultWidth : width % widthStep === 0
