import { type GradientRule, gradientRule } from './rule.js'

/** Returns the rule of an operator whose slope is 0 wherever it has one: what is behind it trains nothing before it. */
export const constantSteps = (operator: string): GradientRule =>
  gradientRule({ operator, inputs: ['X'], gradient: () => ({}) })
