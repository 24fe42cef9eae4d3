import { MS } from '../../../onnx/graph/graph.js'
import type { ConvGradient } from '../support/convGradient.js'
import { type LoweringContext, range } from '../support/lowering.js'
import type { Tiling } from './tiling.js'
import {
  filterAtPoints,
  filterGradient,
  inputAtPoints,
  inputGradient,
  resultFromPoints,
  resultGradientAtPoints,
} from './transforms.js'

/**
 * Computes a convolution by Winograd's minimal filtering, F(4x4, 3x3): 16 neighbouring values of the result, each a sum
 * of 9 products, need 36 products. S. Winograd, Arithmetic Complexity of Computations (1980); A. Lavin and S. Gray,
 * Fast Algorithms for Convolutional Neural Networks (2016).
 */
export function winogradConvolution(
  c: LoweringContext,
  { x, w, bias }: { readonly x: string; readonly w: string; readonly bias: string | undefined },
  tiling: Tiling,
  y: string,
): void {
  const { g } = c
  const products = g.op('MatMul', [filterAtPoints(c, w, tiling), inputAtPoints(c, x, tiling)])
  const unbiased = bias ? g.fresh('Conv') : y
  resultFromPoints(c, products, tiling, unbiased)
  if (bias) c.define(y, 'Add', [unbiased, g.op('Unsqueeze', [bias, g.ints(...range(2, 1))])])
}

/**
 * Computes dX and dW, if they are named, as the adjoint of that: with the filter and the input at the points from the
 * forward pass, and the gradient there for both.
 */
export function winogradGradient(
  c: LoweringContext,
  { dY, x, w }: ConvGradient,
  tiling: Tiling,
  { dX, dW }: { readonly dX: string | undefined; readonly dW: string | undefined },
): void {
  if (!dX && !dW) return
  const gradient = resultGradientAtPoints(c, dY, tiling)
  if (dX) inputGradient(c, product(c, filterAtPoints(c, w, tiling), gradient, { transA: 1 }), tiling, dX)
  if (dW) filterGradient(c, product(c, gradient, inputAtPoints(c, x, tiling), { transB: 1 }), tiling, dW)
}

/** Multiplies matrices, one of them transposed, point by point. */
function product(c: LoweringContext, a: string, b: string, transposed: { transA?: 1; transB?: 1 }): string {
  c.g.graph.opsets.set(MS, 1)
  return c.g.op('FusedMatMul', [a, b], transposed, { domain: MS })
}
