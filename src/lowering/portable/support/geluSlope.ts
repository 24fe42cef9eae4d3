import type { GraphBuilder } from '../../../onnx/builder.js'

/**
 * The factor of the ratio in the slope of GELU, Phi(x) + u / exp(u^2) / sqrt(pi) with u = x / sqrt(2) and the normal
 * distribution Phi(x) = (1 + erf(u)) / 2.
 */
export const RATIO_FACTOR = 1 / Math.sqrt(Math.PI)

/** Adds erf(u) and u / exp(u^2). Where exp(u^2) is infinite, the ratio is 0. */
export function slopeParts(g: GraphBuilder, x: string): Readonly<Record<'erf' | 'ratio', string>> {
  const u = g.op('Mul', [x, g.scalar(Math.SQRT1_2)])
  return { erf: g.op('Erf', [u]), ratio: g.op('Div', [u, g.op('Exp', [g.op('Mul', [u, u])])]) }
}
