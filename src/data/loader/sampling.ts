import * as z from 'zod'
import { baseError } from '../../errors.js'
import type { Random } from '../../random.js'
import type { ImageDataset } from '../dataset/dataset.js'

/**
 * The way in which the samples of an epoch are drawn, with replacement, as many as there are: `'balanced'`, each class
 * equally often; or by a weight for each sample, proportional to how often it is drawn.
 */
export type Sampling = 'balanced' | readonly number[]

const weights = z
  .array(z.number().min(0).refine(Number.isFinite))
  .refine((list) => list.some((weight) => weight > 0), 'a list with a weight above 0')
export const samplingSchema = z
  .union([z.literal('balanced'), weights], { error: "'balanced', or a list of weights from 0 up, one of them above 0" })
  .optional()

/**
 * Returns the weight of each sample; undefined without a sampling.
 *
 * @param of the public function, for errors
 * @throws FineTuneError 'options/invalid' for another number of weights than of samples
 */
export function sampleWeights(
  { samples, classes }: ImageDataset,
  sampling: Sampling | undefined,
  of: string,
): readonly number[] | undefined {
  if (sampling === undefined) return undefined
  if (sampling === 'balanced') {
    const counts = classes.map(() => 0)
    for (const { label } of samples) counts[label]!++
    return samples.map(({ label }) => 1 / counts[label]!)
  }
  if (sampling.length === samples.length) return sampling
  throw baseError('options/invalid', {
    option: `${of}: sampling`,
    received: sampling.length,
    expected: `a list with the weight of each of the ${samples.length} samples`,
  })
}

/** Draws as many indices as there are weights, each with the probability of its share of their sum. */
export function draw(weights: readonly number[], random: Random): Uint32Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (const [index, weight] of weights.entries()) sums[index] = sum += weight
  return Uint32Array.from(weights, () => firstAbove(sums, random.next() * sum))
}

/** Returns the index of the first of ascending numbers that is above a value. */
function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}
