import type { GradientRule } from '../support/rule.js'

/** dX = dY. */
export const identityRule: GradientRule = {
  opType: 'Identity',
  gradient: (c) => [c.dy],
}
