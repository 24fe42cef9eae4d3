import { sizeOf } from '../../../onnx/graph/tensor.js'
import { outputSize } from '../../../onnx/graph/window.js'
import type { ConvGradient } from './convGradient.js'
import { areKnown, type LoweringContext, range } from './lowering.js'
import { chunks, combinations } from './phases.js'

/** The most taps of a kernel: with more, the input is read so often that a convolution over it is faster. */
const MOST_TAPS = 9

/** The sides of a tile of a product that one workgroup of WebGPU computes. */
const TILE = 32
/** The most tiles of a weight gradient that leave the larger part of a GPU idle. */
const FEW_TILES = 256
/** The fewest positions of a map that are summands enough for a product of its own. */
const FEWEST_POSITIONS = 64
/** The rows of a product: more taps of few channels are joined, so that they fill tiles. */
const ROWS = 2 * TILE

/** A gradient whose sizes are all known. */
type SizedGradient = ConvGradient & { readonly sizes: readonly number[] }

/**
 * Tells whether products of matrices suit a convolution: a small kernel, and no groups or depthwise ones, in maps of
 * known sizes.
 */
export function suitsProducts(gradient: ConvGradient): gradient is SizedGradient {
  const { group, weightDims, sizes } = gradient
  const [outputs, inputs, ...kernel] = weightDims as [number, number, ...number[]]
  const isDepthwise = inputs === 1 && outputs === group
  return (group === 1 || isDepthwise) && sizeOf(kernel) <= MOST_TAPS && areKnown(sizes as readonly (number | null)[])
}

/**
 * Computes dW as a product for each tap of the kernel: of dY and the values of X that the tap reads. Without groups it
 * is a product of matrices over the samples and positions, otherwise one of vectors for each sample and channel.
 */
export function weightProducts(c: LoweringContext, gradient: SizedGradient, dW: string): void {
  const { g } = c
  const products = gradient.group === 1 ? acrossChannels(c, gradient) : perChannel(c, gradient)
  c.define(dW, 'Reshape', [products, g.ints(...gradient.weightDims)])
}

/**
 * Tells whether a product for each image suits a convolution better than one for the batch: a GPU computes the tiles of
 * a product side by side, and a small kernel between few channels has few, each with all images and positions to add.
 */
export function suitsImages(gradient: ConvGradient, batch: number): gradient is SizedGradient {
  const { group, weightDims, sizes, window } = gradient
  if (group !== 1 || batch < 2 || !areKnown(sizes as readonly (number | null)[])) return false
  const [outputs, ...columns] = weightDims as [number, ...number[]]
  const positions = sizeOf(window.map((axis, i) => outputSize(sizes[i]!, axis)))
  return positions >= FEWEST_POSITIONS && Math.ceil(outputs / TILE) * Math.ceil(sizeOf(columns) / TILE) <= FEW_TILES
}

/** Computes dW as products of matrices for each image, [C * taps, positions] and [positions, M], and adds the images. */
export function productsOfImages(c: LoweringContext, gradient: SizedGradient, batch: number, dW: string): void {
  const { g } = c
  const [outputs, inputs, ...kernel] = gradient.weightDims as [number, number, ...number[]]
  const taps = sizeOf(kernel)
  const rows = g.op('Reshape', [gradient.dY, g.ints(batch, outputs, -1)])
  const dY = g.op('Transpose', [rows], { perm: [0, 2, 1] })
  const reads = readsOf(c, gradient, gradient.x).map((read) => g.op('Reshape', [read, g.ints(batch, inputs, -1)]))
  const products = chunks(reads, Math.max(1, Math.floor(ROWS / inputs))).map((some) =>
    g.op('MatMul', [some.length === 1 ? some[0]! : g.op('Concat', some, { axis: 1 }), dY]),
  )
  const all = products.length === 1 ? products[0]! : g.op('Concat', products, { axis: 1 })
  const sum = g.op('ReduceSum', [all, g.ints(0)], { keepdims: 0 })
  const split = g.op('Reshape', [sum, g.ints(taps, inputs, outputs)])
  c.define(dW, 'Reshape', [g.op('Transpose', [split], { perm: [2, 1, 0] }), g.ints(...gradient.weightDims)])
}

/** Adds [M, C, taps]. */
function acrossChannels(c: LoweringContext, gradient: SizedGradient): string {
  const { g } = c
  const perm = [1, 0, ...range(gradient.window.length, 2)]
  const rowsOf = (value: string, channels: number) => g.op('Reshape', [value, g.ints(channels, -1)])
  const [outputs, inputs] = gradient.weightDims as [number, number]
  const dY = rowsOf(g.op('Transpose', [gradient.dY], { perm }), outputs)
  const taps = readsOf(c, gradient, g.op('Transpose', [gradient.x], { perm })).map((read) => {
    const product = g.op('Gemm', [dY, rowsOf(read, inputs)], { transB: 1 })
    return g.op('Unsqueeze', [product, g.ints(2)])
  })
  return taps.length === 1 ? taps[0]! : g.op('Concat', taps, { axis: 2 })
}

/** Adds [C, taps]. */
function perChannel(c: LoweringContext, gradient: SizedGradient): string {
  const { g } = c
  const count = sizeOf(gradient.window.map((axis, i) => outputSize(gradient.sizes[i]!, axis)))
  const dY = g.op('Reshape', [gradient.dY, g.ints(-1, count, 1)])
  const products = readsOf(c, gradient, gradient.x).map((read) =>
    g.op('MatMul', [g.op('Reshape', [read, g.ints(-1, 1, count)]), dY]),
  )
  const all = g.op('Reshape', [g.op('Concat', products, { axis: 1 }), g.ints(-1, gradient.group, products.length)])
  return g.op('ReduceSum', [all, g.ints(0)], { keepdims: 0 })
}

/** Adds the values of x that each tap reads, taps in row-major order. */
function readsOf({ g }: LoweringContext, { window, sizes }: SizedGradient, x: string): string[] {
  const [begins, ends] = [window.map(({ padBegin }) => padBegin), window.map(({ padEnd }) => padEnd)]
  const isPadded = [...begins, ...ends].some((pad) => pad > 0)
  const padded = isPadded ? g.op('Pad', [x, g.ints(0, 0, ...begins, 0, 0, ...ends)]) : x
  const axes = g.ints(...range(window.length, 2))
  const strides = window.map(({ stride }) => stride)
  return combinations(window.map(({ kernel }) => kernel)).map((tap) => {
    const first = window.map(({ dilation }, i) => tap[i]! * dilation)
    const end = window.map((axis, i) => first[i]! + (outputSize(sizes[i]!, axis) - 1) * axis.stride + 1)
    const isWhole = !isPadded && window.every(({ stride }, i) => stride === 1 && first[i] === 0 && end[i] === sizes[i])
    if (isWhole) return padded
    return g.op('Slice', [padded, g.ints(...first), g.ints(...end), axes, g.ints(...strides)])
  })
}
