import { gradientRule } from '../support/rule.js'

/** The gradient of Identity: dX = dY. */
export const Identity = gradientRule({
  operator: 'Identity',
  inputs: ['input'],
  gradient: (c) => ({ input: () => c.dy }),
})
