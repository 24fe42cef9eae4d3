import { reducedRule } from './reduction.js'
import type { GradientContext, GradientRule } from './rule.js'

/**
 * Returns the rule of a reduction along axes: dX = dY * slope. `slope` adds the derivative at x, where the result is y;
 * y has size 1 along the axes.
 */
export const reducedSlope = (
  operator: string,
  slope: (c: GradientContext, x: string, y: string) => string,
): GradientRule => reducedRule(operator, (c, { y, dy }) => c.g.op('Mul', [slope(c, c.node.inputs[0]!, y), dy]))
