import { outputSize } from '../../../onnx/graph/window.js'
import type { ConvGradient } from './convGradient.js'
import { type LoweringContext, range } from './lowering.js'

/**
 * Computes dW of a convolution by a convolution with as many axes: the channels of X are merged with the rows of the
 * image, row by row, so that a kernel dilated by the number of channels reads one channel, and the next output reads
 * the next channel. [1, N, H*C, W] convolved with [M, N, Hout, Wout] is [1, M, kh*C, kw]: a product of matrices with M
 * rows, kh*C*kw columns and N*Hout*Wout summands, which WebGPU computes in tiles. Its convolution with one axis more
 * reads every operand of every product from memory, and knows no groups.
 *
 * With groups each image is one more group, and the sum over the batch comes last.
 *
 * @param sizes those of X, batch included
 */
export function channelsInRows(c: LoweringContext, gradient: ConvGradient, sizes: readonly number[], dW: string): void {
  const { g } = c
  const { group, weightDims } = gradient
  const [batch, , rows, ...rest] = sizes as [number, number, number, ...number[]]
  const [outputs, inputs, ...kernel] = weightDims as [number, number, ...number[]]
  const [height, ...widths] = rawSizes(gradient, [rows, ...rest])
  const [x, kernels, groups] =
    group === 1 ? [mergedRows(c, gradient.x, sizes), swapped(c, gradient), 1] : imagesAsGroups(c, gradient, sizes)
  const raw = g.op('Conv', [x, kernels], attributesOf(gradient, groups))
  const shape = [outputs, height!, inputs, ...widths]
  const summed =
    group === 1
      ? g.op('Reshape', [raw, g.ints(...shape)])
      : g.op('ReduceSum', [g.op('Reshape', [raw, g.ints(batch, ...shape)]), g.ints(0)], { keepdims: 0 })
  const cut = cutToKernel(c, gradient, summed, [height!, ...widths])
  const perm = [0, 2, 1, ...range(kernel.length - 1, 3)]
  if (inputs === 1) c.define(dW, 'Reshape', [cut, g.ints(...weightDims)])
  else c.define(dW, 'Transpose', [cut], { perm })
}

/** Transposes [N, C, H, W] to [1, N, H*C, W]. */
function mergedRows({ g }: LoweringContext, x: string, [batch, channels, rows, ...rest]: readonly number[]): string {
  const transposed = g.op('Transpose', [x], { perm: [0, 2, 1, ...range(rest.length, 3)] })
  return g.op('Reshape', [transposed, g.ints(1, batch!, rows! * channels!, ...rest)])
}

const swapped = ({ g }: LoweringContext, { dY, window }: ConvGradient): string =>
  g.op('Transpose', [dY], { perm: [1, 0, ...range(window.length, 2)] })

/** Returns X as [1, N*g, H*C/g, W], dY as [N*M, 1, Hout, Wout] and the number of groups. */
function imagesAsGroups(
  { g }: LoweringContext,
  { x, dY, group, weightDims, window, sizes }: ConvGradient,
  [batch, , rows, ...rest]: readonly number[],
): readonly [string, string, number] {
  const [outputs, inputs] = weightDims as [number, number]
  const groups = batch! * group
  const shape = [1, groups, rows! * inputs, ...rest]
  const split = () => g.op('Reshape', [x, g.ints(groups, inputs, rows!, ...rest)])
  const perm = [0, 2, 1, ...range(sizes.length - 1, 3)]
  const merged = inputs === 1 ? x : g.op('Transpose', [split()], { perm })
  const pooled = window.map((axis, i) => outputSize(sizes[i]!, axis))
  return [
    g.op('Reshape', [merged, g.ints(...shape)]),
    g.op('Reshape', [dY, g.ints(batch! * outputs, 1, ...pooled)]),
    groups,
  ]
}

/** Stride and dilation are exchanged; on the rows every step passes all channels of a group. */
function attributesOf({ window, weightDims }: ConvGradient, group: number) {
  const channels = weightDims[1]!
  const onRows = (values: readonly number[]) => values.map((value, axis) => (axis === 0 ? value * channels : value))
  return {
    group,
    // The rows between those of a dilated kernel are computed too, and cut away.
    strides: window.map((axis, i) => (i === 0 ? 1 : axis.dilation)),
    dilations: onRows(window.map((axis) => axis.stride)),
    pads: [...onRows(window.map((axis) => axis.padBegin)), ...onRows(window.map((axis) => axis.padEnd))],
  }
}

/** Returns the sizes of the result: of the kernel, and what the strides leave over. */
function rawSizes({ window }: ConvGradient, sizes: readonly number[]): number[] {
  return window.map((axis, i) => {
    const reach = axis.extent + ((sizes[i]! + axis.padBegin + axis.padEnd - axis.extent) % axis.stride)
    return i === 0 ? reach : Math.floor((reach - 1) / axis.dilation) + 1
  })
}

/** Takes the kernel out of [M, kh, C, kw]. */
function cutToKernel({ g }: LoweringContext, { window }: ConvGradient, raw: string, sizes: readonly number[]): string {
  const [rows] = window
  if (window.every((axis, i) => axis.kernel === sizes[i])) return raw
  const axes = [1, ...range(window.length - 1, 3)]
  const ends = [rows!.extent, ...window.slice(1).map((axis) => axis.kernel)]
  const steps = [rows!.dilation, ...window.slice(1).map(() => 1)]
  return g.op('Slice', [raw, g.ints(...axes.map(() => 0)), g.ints(...ends), g.ints(...axes), g.ints(...steps)])
}
