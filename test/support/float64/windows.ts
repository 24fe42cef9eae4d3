import { intAttribute, intsAttribute, type Node, stringAttribute } from '../../../src/onnx/graph/graph.js'
import { sizeOf, stridesOf } from './Array64.js'

/**
 * Which position of the input each tap of a window reads for each position of the output, as three lists of the same
 * length; in order of outputs, then of taps. Taps that lie outside the input are not among them.
 */
export interface Windows {
  readonly outputs: Int32Array
  readonly inputs: Int32Array
  readonly taps: Int32Array
  /** Sizes of the output. */
  readonly out: readonly number[]
  /** For each output the taps inside the input, and those inside the input and its padding. */
  readonly inside: Int32Array
  readonly padded: Int32Array
}

/** The windows of a convolution or a pool over maps of `size`. `known`: what the output's sizes are, if that is known. */
export function windowsOf(
  node: Node,
  size: readonly number[],
  kernel: readonly number[],
  known?: readonly number[],
): Windows {
  const axes = size.map((dim, axis) => axisOf(node, dim, kernel[axis]!, axis, size.length))
  const out = known ?? axes.map(({ out }) => out)
  const found: number[][] = [[], [], []]
  const [inside, padded] = [new Int32Array(sizeOf(out)), new Int32Array(sizeOf(out))]
  const strides = stridesOf(size)
  for (const [o, position] of positions(out).entries())
    for (const [tap, within] of positions(kernel).entries()) {
      const at = position.map((p, i) => p * axes[i]!.stride - axes[i]!.begin + within[i]! * axes[i]!.dilation)
      if (at.every((p, i) => p < size[i]! + axes[i]!.end)) padded[o]!++
      if (!at.every((p, i) => p >= 0 && p < size[i]!)) continue
      inside[o]!++
      found[0]!.push(o)
      found[1]!.push(at.reduce((offset, p, i) => offset + p * strides[i]!, 0))
      found[2]!.push(tap)
    }
  const [outputs, inputs, taps] = found.map((numbers) => Int32Array.from(numbers)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  return { outputs, inputs, taps, out, inside, padded }
}

interface Axis {
  readonly stride: number
  readonly dilation: number
  readonly begin: number
  readonly end: number
  readonly out: number
}

function axisOf(node: Node, size: number, kernel: number, axis: number, rank: number): Axis {
  const stride = intsAttribute(node, 'strides')?.[axis] ?? 1
  const dilation = intsAttribute(node, 'dilations')?.[axis] ?? 1
  const reach = (kernel - 1) * dilation + 1
  const [begin, end] = padsOf(node, axis, rank, Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0))
  const steps = (size + begin + end - reach) / stride
  if (!intAttribute(node, 'ceil_mode', 0)) return { stride, dilation, begin, end, out: Math.floor(steps) + 1 }
  // The last window must begin in the input or in what is before it.
  const out = Math.ceil(steps) + 1
  return { stride, dilation, begin, end, out: (out - 1) * stride >= size + begin ? out - 1 : out }
}

/** Before and after. `same`: what keeps the size, divided by the stride. */
function padsOf(node: Node, axis: number, rank: number, same: number): readonly [number, number] {
  const mode = stringAttribute(node, 'auto_pad', 'NOTSET')
  if (mode === 'SAME_UPPER') return [same >> 1, same - (same >> 1)]
  if (mode === 'SAME_LOWER') return [same - (same >> 1), same >> 1]
  const pads = mode === 'NOTSET' ? intsAttribute(node, 'pads') : undefined
  return [pads?.[axis] ?? 0, pads?.[axis + rank] ?? 0]
}

/** Every index below `sizes`, in row-major order. */
function positions(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (lead, size) => lead.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  )
}
