import { type Dim, intAttribute, intsAttribute, type Node, type Shape, stringAttribute } from '../graph/graph.js'
import { sizeOf } from '../graph/tensor.js'
import type { Known, RuleContext, ShapeRule } from './rule.js'

interface Window {
  readonly kernel: readonly Dim[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** The begin of every axis, then the end of every axis. */
  readonly pads: readonly number[]
  readonly autoPad: string
}

function windowOf(node: Node, kernel: readonly Dim[]): Window {
  const rank = kernel.length
  return {
    kernel,
    strides: intsAttribute(node, 'strides') ?? new Array(rank).fill(1),
    dilations: intsAttribute(node, 'dilations') ?? new Array(rank).fill(1),
    pads: intsAttribute(node, 'pads') ?? new Array(2 * rank).fill(0),
    autoPad: stringAttribute(node, 'auto_pad', 'NOTSET'),
  }
}

/** Returns the size of a convolution's or a pool's output along one axis (ONNX, Conv and MaxPool). */
function outputDim(size: Dim, axis: number, window: Window, ceilMode: boolean): Dim {
  const { kernel, strides, dilations, pads, autoPad } = window
  const [k, stride, dilation] = [kernel[axis], strides[axis]!, dilations[axis]!]
  if (typeof size !== 'number' || typeof k !== 'number') return null
  if (autoPad.startsWith('SAME')) return Math.ceil(size / stride)
  const begin = autoPad === 'VALID' ? 0 : pads[axis]!
  const end = autoPad === 'VALID' ? 0 : pads[axis + kernel.length]!
  const room = size + begin + end - dilation * (k - 1) - 1
  const full = Math.floor(room / stride) + 1
  if (!ceilMode) return full
  const ceiled = Math.ceil(room / stride) + 1
  // A last window that would begin in the padding at the end is left out.
  return (ceiled - 1) * stride >= size + begin ? ceiled - 1 : ceiled
}

function slide(input: Shape, channels: Dim, window: Window, ceilMode = false): Shape {
  if (input.length !== window.kernel.length + 2)
    throw new RangeError(`a kernel of ${window.kernel.length} axes wants rank ${window.kernel.length + 2}`)
  const spatial = input.slice(2).map((size, axis) => outputDim(size, axis, window, ceilMode))
  return [input[0]!, channels, ...spatial]
}

export const conv: ShapeRule = ({ node, type, shape }) => {
  const [x, w] = [shape(0), shape(1)]
  if (!x || !w) return [{ type: type(0) }]
  const kernel = intsAttribute(node, 'kernel_shape') ?? w.slice(2)
  return [{ type: type(0), shape: slide(x, w[0]!, windowOf(node, kernel)) }]
}

export const convTranspose: ShapeRule = ({ node, type, shape }) => {
  const [x, w] = [shape(0), shape(1)]
  if (!x || !w) return [{ type: type(0) }]
  const { kernel, strides, dilations, pads, autoPad } = windowOf(
    node,
    intsAttribute(node, 'kernel_shape') ?? w.slice(2),
  )
  const given = intsAttribute(node, 'output_shape')
  const extra = intsAttribute(node, 'output_padding') ?? new Array<number>(kernel.length).fill(0)
  const spatial = x.slice(2).map((size, axis): Dim => {
    if (given) return given[axis]!
    const k = kernel[axis]
    if (typeof size !== 'number' || typeof k !== 'number') return null
    if (autoPad.startsWith('SAME')) return size * strides[axis]!
    const padding = autoPad === 'VALID' ? 0 : pads[axis]! + pads[axis + kernel.length]!
    return strides[axis]! * (size - 1) + extra[axis]! + (k - 1) * dilations[axis]! + 1 - padding
  })
  const perGroup = w[1]!
  const channels = typeof perGroup === 'number' ? perGroup * intAttribute(node, 'group', 1) : null
  return [{ type: type(0), shape: [x[0]!, channels, ...spatial] }]
}

/** Infers MaxPool (its second output holds int64 indices) and AveragePool. */
export const pool: ShapeRule = ({ node, type, shape }) => {
  const x = shape(0)
  const kernel = intsAttribute(node, 'kernel_shape')
  const pooled = x && kernel && slide(x, x[1]!, windowOf(node, kernel), intAttribute(node, 'ceil_mode', 0) === 1)
  return [
    { type: type(0), shape: pooled },
    { type: 'int64', shape: pooled },
  ]
}

export const globalPool: ShapeRule = ({ type, shape }) => [
  { type: type(0), shape: shape(0)?.map((dim, axis) => (axis < 2 ? dim : 1)) },
]

/**
 * Infers per-channel results beside the normalised one: running and saved statistics, of the type of the given ones.
 */
export const batchNorm: ShapeRule = ({ node, type, shape }) => [
  { type: type(0), shape: shape(0) },
  ...node.outputs.slice(1).map((): Known => ({ type: type(3), shape: shape(1) })),
]

/** Infers the gradients of x, weight, bias from (dY, x, weight). */
export const convGrad: ShapeRule = ({ type, shape }: RuleContext) => [
  { type: type(1), shape: shape(1) },
  { type: type(2), shape: shape(2) },
  { type: type(2), shape: shape(2)?.slice(0, 1) },
]

/** Infers the gradients of x, scale, bias from (dY, x, scale, saved mean, saved inverse standard deviation). */
export const batchNormGrad: ShapeRule = ({ type, shape }) => [
  { type: type(1), shape: shape(1) },
  { type: type(2), shape: shape(2) },
  { type: type(2), shape: shape(2) },
]

/** Infers [N, C * kernel, blocks] with the image's and the kernel's size as inputs. */
export const col2im: ShapeRule = ({ type, shape, numbers }) => {
  const [x, image, kernel] = [shape(0), numbers(1), numbers(2)]
  if (!x || !image || !kernel) return [{ type: type(0) }]
  const rows = x[1]
  const channels = typeof rows === 'number' ? rows / sizeOf(kernel) : null
  return [{ type: type(0), shape: [x[0]!, channels, ...image] }]
}
