import { gradientRule } from '../support/rule.js'

/** dX = dY. */
export const Identity = gradientRule({
  operator: 'Identity',
  inputs: ['input'],
  gradient: (c) => ({ input: () => c.dy }),
})
