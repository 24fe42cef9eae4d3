import { type GradientContext, type GradientRule, gradientRule } from './rule.js'

/**
 * Returns the rule of an operator that computes each element of one input alone: dX = dY * slope. `slope` adds the
 * derivative at x, where the operator's result is y.
 */
export const pointwise = (
  operator: string,
  slope: (c: GradientContext, x: string, y: string) => string,
): GradientRule =>
  gradientRule({
    operator,
    inputs: ['X'],
    gradient: (c) => ({
      X: () => c.g.op('Mul', [c.dy, slope(c, c.node.inputs[0]!, c.node.outputs[0]!)]),
    }),
  })

/** Adds a choice by the sign of x: `positive` where x > 0, `other` elsewhere. */
export const bySign = ({ g }: GradientContext, x: string, positive: string, other: string): string =>
  g.op('Where', [g.op('Greater', [x, g.scalar(0)]), positive, other])
