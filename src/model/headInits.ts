import { seededRandom } from '../random.js'

interface Bounds {
  readonly weight: number
  readonly bias: number
}

/**
 * The initialisations of the weight [classes, features] and bias [classes] of a new head: uniform within a bound.
 *
 * - `xavierUniform`: weight within sqrt(6 / (features + classes)) (Glorot and Bengio 2010), bias as torch's Linear has
 *   it, within 1 / sqrt(features): the result of `nn.init.xavier_uniform_(fc.weight)` on a new `nn.Linear`.
 * - `kaimingUniform`: both as torch's Linear has them, within 1 / sqrt(features).
 * - `zeros`: all 0, so that every class starts with the same score; hidden layers have `xavierUniform`.
 */
export const headInits = {
  xavierUniform: (features: number, classes: number): Bounds => ({
    weight: Math.sqrt(6 / (features + classes)),
    bias: 1 / Math.sqrt(features),
  }),
  kaimingUniform: (features: number): Bounds => ({ weight: 1 / Math.sqrt(features), bias: 1 / Math.sqrt(features) }),
  zeros: (): Bounds => ({ weight: 0, bias: 0 }),
} as const
export type HeadInit = keyof typeof headInits

export interface NewHead {
  readonly init: HeadInit
  readonly seed: number
  readonly classes: number
  readonly features: number
  /** The place among the hidden layers. Default: it is the last layer. */
  readonly hidden?: number
}

export function initialiseHead({ init, seed, classes, features, hidden }: NewHead): {
  weight: Float32Array
  bias: Float32Array
} {
  const layer = hidden === undefined ? '' : `hidden ${hidden} `
  // Behind zeros a ReLU passes no gradient.
  const bounds = headInits[init === 'zeros' && layer ? 'xavierUniform' : init](features, classes)
  return {
    weight: uniform(classes * features, bounds.weight, seed, `${layer}weight`),
    bias: uniform(classes, bounds.bias, seed, `${layer}bias`),
  }
}

function uniform(length: number, bound: number, seed: number, of: string): Float32Array {
  const source = seededRandom(seed, 'head', of)
  return Float32Array.from({ length }, () => (bound === 0 ? 0 : source.uniform(-bound, bound)))
}
