import { reduceAxes } from '../../onnx/reduceAxes.js'
import { unsqueeze } from './broadcast.js'
import type { GradientContext } from './rule.js'

/** A value less its mean, over its deviation, and 1 / deviation. */
export interface Normalized {
  readonly hat: string
  readonly inverse: string
}

/** Adds the normalization of x along axes. */
export function normalized(c: GradientContext, x: string, axes: readonly number[], epsilon: number): Normalized {
  const { g } = c
  const centred = g.op('Sub', [x, reduceAxes(c.g, 'ReduceMean', x, axes, 1)])
  const variance = reduceAxes(c.g, 'ReduceMean', g.op('Mul', [centred, centred]), axes, 1)
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [variance, g.scalar(epsilon)])])])
  return { hat: g.op('Mul', [centred, inverse]), inverse }
}

/** Adds the gradient of x, given that of its normalization: inverse (u - mean(u) - hat mean(u hat)). */
export function throughStatistics(
  c: GradientContext,
  u: string,
  { hat, inverse }: Normalized,
  axes: readonly number[],
): string {
  const { g } = c
  const along = g.op('Mul', [hat, reduceAxes(c.g, 'ReduceMean', g.op('Mul', [u, hat]), axes, 1)])
  const across = g.op('Sub', [g.op('Sub', [u, reduceAxes(c.g, 'ReduceMean', u, axes, 1)]), along])
  return g.op('Mul', [across, inverse])
}

/** Adds a vector of one element for each channel in the form that is broadcast over the axes of images. */
export const perChannel = (c: GradientContext, vector: string, image: readonly number[]): string =>
  unsqueeze(
    c,
    vector,
    image.map((_, i) => i + 1),
  )
