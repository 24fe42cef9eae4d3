import { gradientRule } from '../support/rule.js'

/** The gradient of the natural logarithm: dX = dY / X. */
export const Log = gradientRule({
  operator: 'Log',
  inputs: ['input'],
  gradient: (c) => ({ input: () => c.g.op('Div', [c.dy, c.node.inputs[0]]) }),
})
