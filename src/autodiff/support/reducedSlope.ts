import { axesOf, restoreAxes } from './reduction.js'
import { type GradientContext, type GradientRule, gradientRule } from './rule.js'

/**
 * Returns the rule of a reduction along axes: dX = dY * slope. `slope` adds the derivative at x, where the result is y;
 * y has size 1 along the axes.
 */
export const reducedSlope = (
  operator: string,
  slope: (c: GradientContext, x: string, y: string) => string,
): GradientRule =>
  gradientRule({
    operator,
    inputs: ['data', 'axes'],
    gradient: (c) => ({
      data: () => {
        const axes = axesOf(c)
        const [y, dy] = [c.node.outputs[0]!, c.dy].map((value) => restoreAxes(c, value, axes)) as [string, string]
        return c.g.op('Mul', [slope(c, c.node.inputs[0]!, y), dy])
      },
    }),
  })
