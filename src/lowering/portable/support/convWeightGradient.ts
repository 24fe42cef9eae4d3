import type { ConvGradient } from './convGradient.js'
import { channelsInRows } from './convWeightGradientRows.js'
import { productsOfImages, suitsImages, suitsProducts, weightProducts } from './convWeightProducts.js'
import { areKnown, type LoweringContext, range } from './lowering.js'

/**
 * Computes dW of a convolution, which is itself a convolution: over X, with dY as the kernel, the batch as the channels
 * to sum over, stride and dilation exchanged. Where the target prefers it, as products of matrices.
 */
export function weightGradient(c: LoweringContext, gradient: ConvGradient, dW: string): void {
  const sizes = c.sizes(gradient.x)
  if (c.strategies.weightGradient === 'rows' && sizes) {
    if (suitsImages(gradient, sizes[0]!)) productsOfImages(c, gradient, sizes[0]!, dW)
    else channelsInRows(c, gradient, sizes, dW)
    return
  }
  const rank = gradient.window.length
  const convolve = rank < 3 ? channelsAsAxis : channelsAsBatch
  if (c.strategies.weightGradient === 'products' && suitsProducts(gradient)) weightProducts(c, gradient, dW)
  else if (fitsKernel(gradient)) convolve(c, gradient, dW)
  else cutToKernel(c, gradient, convolve(c, gradient, c.g.fresh('dW')), dW)
}

const attributesOf = ({ window, group }: ConvGradient, lead: number) => ({
  group,
  strides: [...Array<number>(lead).fill(1), ...window.map((axis) => axis.dilation)],
  dilations: [...Array<number>(lead).fill(1), ...window.map((axis) => axis.stride)],
  pads: [
    ...Array<number>(lead).fill(0),
    ...window.map((axis) => axis.padBegin),
    ...Array<number>(lead).fill(0),
    ...window.map((axis) => axis.padEnd),
  ],
})

/**
 * Treats the channels of X as one more spatial axis: [1, N, C, H, W] convolved with [M, N, 1, Hout, Wout] is [1, M, C,
 * kh, kw]. About four times as fast as exchanging batch and channels. With groups, batch and group are the channels:
 * g*N of them.
 */
function channelsAsAxis(c: LoweringContext, gradient: ConvGradient, output: string): string {
  const { g } = c
  const { dY, group, window } = gradient
  const spatial = range(window.length, 2)
  const x = group === 1 ? g.op('Unsqueeze', [gradient.x, g.ints(0)]) : groupsBeforeBatch(c, gradient)
  const kernel = g.op('Unsqueeze', [g.op('Transpose', [dY], { perm: [1, 0, ...spatial] }), g.ints(2)])
  return g.op('Squeeze', [g.op('Conv', [x, kernel], attributesOf(gradient, 1)), g.ints(0)], {}, { outputs: [output] })
}

/** Transposes [N, g*C, H, W] to [1, g*N, C, H, W]. */
function groupsBeforeBatch({ g, source }: LoweringContext, { x, group, weightDims, window }: ConvGradient): string {
  const inputs = weightDims[1]!
  const sizes = source.info(x)!.shape!.slice(2)
  const spatial = range(window.length, 3)
  const split = g.op('Reshape', [x, splitShape(g, x, sizes, [0, group, inputs])])
  const transposed = g.op('Transpose', [split], { perm: [1, 0, 2, ...spatial] })
  return g.op('Reshape', [transposed, splitShape(g, x, sizes, [1, -1, inputs])])
}

/** Returns a shape for Reshape: the given sizes, then the spatial ones of x. */
function splitShape(g: LoweringContext['g'], x: string, sizes: readonly unknown[], lead: readonly number[]): string {
  const known = sizes as readonly (number | string | null)[]
  if (areKnown(known)) return g.ints(...lead, ...known)
  return g.op('Concat', [g.ints(...lead), g.op('Shape', [x], { start: 2 })], { axis: 0 })
}

/**
 * Treats the channels as the batch, for 3-D, where one more axis is too many: [C, g*N, ...] convolved with [M, N, ...]
 * is [C, M, ...].
 */
function channelsAsBatch({ g, source }: LoweringContext, gradient: ConvGradient, output: string): string {
  const { dY, x, group, weightDims, window } = gradient
  const spatial = range(window.length, 2)
  const sizes = source.info(x)!.shape!.slice(2)
  const perm = [1, 0, ...spatial]
  const swap = (value: string) => g.op('Transpose', [value], { perm })
  const inputs = () => {
    const split = g.op('Reshape', [x, splitShape(g, x, sizes, [0, group, weightDims[1]!])])
    const transposed = g.op('Transpose', [split], { perm: [2, 1, 0, ...range(window.length, 3)] })
    return g.op('Reshape', [transposed, splitShape(g, x, sizes, [weightDims[1]!, -1])])
  }
  const swapped = g.op('Conv', [group === 1 ? swap(x) : inputs(), swap(dY)], attributesOf(gradient, 0))
  return g.op('Transpose', [swapped], { perm }, { outputs: [output] })
}

/** Crops to the kernel: if the stride left a remainder of rows of X, the convolution has more taps than the kernel. */
function fitsKernel({ window, sizes }: ConvGradient): boolean {
  return window.every((axis, i) => {
    const size = sizes[i]
    if (size === undefined) return axis.stride === 1
    return (size + axis.padBegin + axis.padEnd - axis.extent) % axis.stride < axis.dilation
  })
}

function cutToKernel(c: LoweringContext, { window }: ConvGradient, raw: string, dW: string): void {
  const axes = c.g.ints(...range(window.length, 2))
  const [starts, ends] = [window.map(() => 0), window.map((axis) => axis.kernel)]
  c.define(dW, 'Slice', [raw, c.g.ints(...starts), c.g.ints(...ends), axes])
}
