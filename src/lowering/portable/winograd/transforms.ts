import { float32 } from '../../../onnx/graph/tensor.js'
import type { LoweringContext } from '../support/lowering.js'
import { FILTER, INPUT, RESULT, TILE, TILE_WINDOW } from '../support/toomCook.js'
import type { Tiling } from './tiling.js'

/** The number of points at which polynomials in two variables are evaluated. */
const POINTS = TILE_WINDOW ** 2

/** Evaluates the filter [M, C, 3, 3] at the points: [points, M, C]. */
export function filterAtPoints(c: LoweringContext, w: string, { inputs, outputs }: Tiling): string {
  return c.once(`winograd filter ${w}`, () => {
    const { g } = c
    const rows = g.op('Reshape', [w, g.ints(outputs * inputs, 9)])
    const flat = g.op('Gemm', [matrix(c, FILTER, [POINTS, 9]), rows], { transB: 1 })
    return g.op('Reshape', [flat, g.ints(POINTS, outputs, inputs)])
  })
}

/** Computes the filter's gradient from that of its values at the points: the adjoint of `filterAtPoints`. */
export function filterGradient(c: LoweringContext, atPoints: string, { inputs, outputs }: Tiling, dW: string): void {
  const { g } = c
  const flat = g.op('Reshape', [atPoints, g.ints(POINTS, outputs * inputs)])
  const rows = g.op('Gemm', [flat, matrix(c, FILTER, [POINTS, 9])], { transA: 1 })
  c.define(dW, 'Reshape', [rows, g.ints(outputs, inputs, 3, 3)])
}

/** Evaluates the windows of the input [N, C, H, W] at the points: [points, C, N * tiles]. */
export function inputAtPoints(c: LoweringContext, x: string, tiling: Tiling): string {
  const { inputs, inputSizes, inputPads } = tiling
  return c.once(`winograd input ${x} ${inputPads}`, () => evaluate(c, x, tiling, inputs, inputSizes, inputPads, INPUT))
}

/** Computes the input's gradient from that of its values at the points: the adjoint of `inputAtPoints`. */
export function inputGradient(c: LoweringContext, atPoints: string, tiling: Tiling, dX: string): void {
  const { inputs, inputSizes, inputPads } = tiling
  assemble(c, atPoints, tiling, inputs, inputSizes, inputPads, INPUT, dX)
}

/** Evaluates the tiles of the result's gradient [N, M, H, W] at the points: the adjoint of `resultFromPoints`. */
export function resultGradientAtPoints(c: LoweringContext, dY: string, tiling: Tiling): string {
  return evaluate(c, dY, tiling, tiling.outputs, tiling.sizes, tiling.pads, RESULT)
}

/** Computes the result from its values at the points, [points, M, N * tiles]. */
export function resultFromPoints(c: LoweringContext, atPoints: string, tiling: Tiling, y: string): void {
  assemble(c, atPoints, tiling, tiling.outputs, tiling.sizes, tiling.pads, RESULT, y)
}

/** Evaluates maps tile by tile: a convolution of each map by itself, with a filter for each point. */
function evaluate(
  c: LoweringContext,
  x: string,
  { tiles }: Tiling,
  channels: number,
  sizes: readonly number[],
  pads: readonly number[],
  factors: readonly number[][],
): string {
  const { g } = c
  const maps = g.op('Reshape', [x, g.ints(-1, 1, ...sizes)])
  const filters = matrix(c, factors, filterDims(factors))
  const values = g.op('Conv', [maps, filters], { strides: [TILE, TILE], pads: [...pads] })
  const byMap = g.op('Reshape', [values, g.ints(-1, channels, POINTS, tiles[0]! * tiles[1]!)])
  const byPoint = g.op('Transpose', [byMap], { perm: [2, 1, 0, 3] })
  return g.op('Reshape', [byPoint, g.ints(POINTS, channels, -1)])
}

/** Assembles maps from the values of their tiles at the points: the adjoint of `evaluate`. */
function assemble(
  c: LoweringContext,
  atPoints: string,
  { tiles }: Tiling,
  channels: number,
  sizes: readonly number[],
  pads: readonly number[],
  factors: readonly number[][],
  output: string,
): void {
  const { g } = c
  const byPoint = g.op('Reshape', [atPoints, g.ints(POINTS, channels, -1, tiles[0]! * tiles[1]!)])
  const byMap = g.op('Transpose', [byPoint], { perm: [2, 1, 0, 3] })
  const values = g.op('Reshape', [byMap, g.ints(-1, POINTS, ...tiles)])
  const filters = matrix(c, factors, filterDims(factors))
  const maps = g.op('ConvTranspose', [values, filters], { strides: [TILE, TILE], pads: [...pads] })
  c.define(output, 'Reshape', [maps, g.ints(-1, channels, ...sizes)])
}

const filterDims = (factors: readonly number[][]) => [POINTS, 1, factors[0]!.length, factors[0]!.length]

/** Adds the factors of two axes: for each pair of points the products of their factors, [points, rows * columns]. */
function matrix(c: LoweringContext, factors: readonly number[][], dims: readonly number[]): string {
  return c.once(`winograd matrix ${dims} ${factors}`, () => {
    const values = factors.flatMap((rows) =>
      factors.flatMap((columns) => rows.flatMap((row) => columns.map((column) => row * column))),
    )
    return c.g.constant(float32(values, dims))
  })
}
