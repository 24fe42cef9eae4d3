import { intAttribute, intsAttribute, type Node, stringAttribute } from './graph.js'

/** The window of a convolution or a pool along one axis. */
export interface WindowAxis {
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly padBegin: number
  readonly padEnd: number
  /** The extent of the kernel: dilation * (kernel - 1) + 1. */
  readonly extent: number
}

/**
 * Returns the window of a node, axis by axis. `kernel` is the size of the weights, for a node that does not repeat it.
 * `sizes` are those of the input; they are used only with auto_pad SAME_UPPER and SAME_LOWER.
 */
export function windowOf(node: Node, kernel: readonly number[], sizes: readonly (number | undefined)[]): WindowAxis[] {
  const rank = kernel.length
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1)
  const dilations = intsAttribute(node, 'dilations') ?? kernel.map(() => 1)
  const pads = intsAttribute(node, 'pads')
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET')
  return kernel.map((size, axis) => {
    const [stride, dilation] = [strides[axis] ?? 1, dilations[axis] ?? 1]
    const extent = dilation * (size - 1) + 1
    const explicit = autoPad === 'NOTSET' && pads ? [pads[axis]!, pads[axis + rank]!] : [0, 0]
    const [padBegin, padEnd] = autoPad.startsWith('SAME')
      ? samePads(sizes[axis] ?? 0, stride, extent, autoPad === 'SAME_LOWER')
      : (explicit as [number, number])
    return { kernel: size, stride, dilation, padBegin, padEnd, extent }
  })
}

/** Returns the number of windows along an axis. With ceil_mode the last may overhang, if it starts inside the input. */
export function outputSize(input: number, axis: WindowAxis, ceilMode = false): number {
  const room = input + axis.padBegin + axis.padEnd - axis.extent
  if (!ceilMode) return Math.floor(room / axis.stride) + 1
  const size = Math.ceil(room / axis.stride) + 1
  return (size - 1) * axis.stride >= input + axis.padBegin ? size - 1 : size
}

/** Rows or columns of padding that the last window wants after the input. Negative: the windows do not reach its end. */
export function overhang(
  input: number,
  output: number,
  { extent, stride, padBegin }: Pick<WindowAxis, 'extent' | 'stride' | 'padBegin'>,
): number {
  return (output - 1) * stride + extent - padBegin - input
}

export const hasCeilMode = (node: Node): boolean => intAttribute(node, 'ceil_mode', 0) === 1

function samePads(size: number, stride: number, extent: number, lower: boolean): [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0)
  const half = Math.floor(total / 2)
  return lower ? [total - half, half] : [half, total - half]
}
