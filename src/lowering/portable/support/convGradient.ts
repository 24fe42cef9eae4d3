import type { WindowAxis } from '../../../onnx/graph/window.js'

/** The values that the parts of a convolution's gradient share. */
export interface ConvGradient {
  readonly dY: string
  readonly x: string
  readonly w: string
  readonly group: number
  /** The sizes of the weights: outputs, inputs of a group, kernel. */
  readonly weightDims: readonly number[]
  readonly window: readonly WindowAxis[]
  /** The spatial sizes of the input, if they are known. */
  readonly sizes: readonly (number | undefined)[]
}
