import type { WindowAxis } from '../../../onnx/graph/window.js'

/** What the parts of a convolution's gradient have in common. */
export interface ConvGradient {
  readonly dY: string
  readonly x: string
  readonly w: string
  readonly group: number
  /** Sizes of the weights: outputs, inputs of a group, kernel. */
  readonly weightDims: readonly number[]
  readonly window: readonly WindowAxis[]
  /** Spatial sizes of the input, where they are known. */
  readonly sizes: readonly (number | undefined)[]
}
