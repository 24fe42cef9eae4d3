import { sizeOf } from '../../../onnx/graph/tensor.js'
import type { ConvGradient } from './convGradient.js'
import { areKnown, type LoweringContext, range } from './lowering.js'
import { ASSUMED_SAMPLES } from './strategies.js'

/**
 * Computes dX of a convolution. At stride 1 it is a convolution of dY with the flipped, transposed kernel, up to 1.7
 * times as fast as the ConvTranspose that does every other case. (Where the target says so, for large maps only.)
 */
export function inputGradient(c: LoweringContext, gradient: ConvGradient, dX: string): void {
  const { window, group } = gradient
  const flippedPads = [
    ...window.map((axis) => axis.extent - 1 - axis.padBegin),
    ...window.map((axis) => axis.extent - 1 - axis.padEnd),
  ]
  const canFlip = window.every((axis) => axis.stride === 1) && flippedPads.every((pad) => pad >= 0)
  if (canFlip && (c.strategies.inputGradient === 'flipped' || isWorthFlip(gradient))) {
    const dilations = window.map((axis) => axis.dilation)
    c.define(dX, 'Conv', [gradient.dY, flippedKernel(c, gradient)], { pads: flippedPads, dilations, group })
  } else if (gradient.sizes.every((size) => size !== undefined)) transposed(c, gradient, gradient.sizes, dX)
  else transposedAndCut(c, gradient, dX)
}

/**
 * The positions of a map at which a sum costs as much as the flip of one weight: measured in the WebAssembly of ONNX
 * Runtime 1.30, from 16 to 512 channels.
 */
const FLIP = 20

function isWorthFlip({ sizes, weightDims, group }: ConvGradient): boolean {
  const known = sizes as readonly (number | null)[]
  return !areKnown(known) || ASSUMED_SAMPLES * sizeOf(known) > (FLIP * weightDims[0]!) / group
}

/** Transposes [g*M, C, ...k] to [g*C, M, ...k], every kernel axis reversed. */
function flippedKernel({ g }: LoweringContext, { w, group, weightDims }: ConvGradient): string {
  const [outputs, inputs, ...kernel] = weightDims as [number, number, ...number[]]
  const taps = sizeOf(kernel)
  const [perGroup, rank] = [outputs / group, kernel.length]
  if (taps === 1 && group === 1) return g.op('Transpose', [w], { perm: [1, 0, ...range(rank, 2)] })

  const flat = g.op('Reshape', [w, g.ints(group, perGroup, inputs, taps)])
  const reversed = taps === 1 ? flat : g.op('Gather', [flat, g.ints(...range(taps).reverse())], { axis: 3 })
  const transposed = g.op('Transpose', [reversed], { perm: [0, 2, 1, 3] })
  return g.op('Reshape', [transposed, g.ints(group * inputs, perGroup, ...kernel)])
}

/**
 * Adds ConvTranspose, with the rows that no window reached (the remainder of the division by the stride) as
 * output_padding.
 */
function transposed(c: LoweringContext, gradient: ConvGradient, sizes: readonly number[], dX: string): void {
  const { dY, w, window, group } = gradient
  c.define(dX, 'ConvTranspose', [dY, w], {
    group,
    strides: window.map((axis) => axis.stride),
    dilations: window.map((axis) => axis.dilation),
    pads: [...window.map((axis) => axis.padBegin), ...window.map((axis) => axis.padEnd)],
    output_padding: window.map((axis, i) => (sizes[i]! + axis.padBegin + axis.padEnd - axis.extent) % axis.stride),
  })
}

/** Does the same as `transposed` for an input whose size is known only at run time: a larger gradient, cropped. */
function transposedAndCut(c: LoweringContext, { dY, x, w, window, group }: ConvGradient, dX: string): void {
  const { g } = c
  const axes = range(window.length, 2)
  const full = g.op('ConvTranspose', [dY, w], {
    group,
    strides: window.map((axis) => axis.stride),
    dilations: window.map((axis) => axis.dilation),
    output_padding: window.map((axis) => axis.stride - 1),
  })
  const begin = g.ints(...window.map((axis) => axis.padBegin))
  const end = g.op('Add', [begin, g.op('Shape', [x], { start: 2 })])
  c.define(dX, 'Slice', [full, begin, end, g.ints(...axes)])
}
