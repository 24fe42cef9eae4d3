import * as z from 'zod'
import { baseError } from '../../errors.js'
import type { Random } from '../../random.js'
import type { ImageDataset } from '../dataset/dataset.js'
import { labelsAtOf } from '../dataset/stratifyLabels.js'
import { tableOf } from '../samples/lazySamples.js'
import type { SampleTable } from '../samples/SampleTable.js'

/**
 * The way in which the samples of an epoch are drawn, with replacement, as many as there are: `'balanced'`, each class
 * equally often (of several labels an image, by the mean of 1 / images over its labels); by a weight for each sample, proportional to how often it is drawn; or `'weights'`, by those that the
 * samples have; or `{ perClass }`, that number of different samples of each class of a batch, where classes
 * come in turn.
 */
export type Sampling = 'balanced' | 'weights' | readonly number[] | { readonly perClass: number }

/** Tells whether a sampling draws several samples of each class of a batch. */
export const isPerClass = (sampling: Sampling): sampling is { readonly perClass: number } =>
  typeof sampling === 'object' && 'perClass' in sampling

const weights = z
  .array(z.number().min(0).refine(Number.isFinite))
  .refine((list) => list.some((weight) => weight > 0), 'a list with a weight above 0')
export const samplingSchema = z
  .union([z.enum(['balanced', 'weights']), weights, z.strictObject({ perClass: z.int().min(2) })], {
    error: "'balanced', 'weights', { perClass: 2 or more }, or a list of weights from 0 up, one of them above 0",
  })
  .optional()

/**
 * Returns the weight of each sample; undefined without a sampling by weights.
 *
 * @param of the public function, for errors
 * @throws FineTuneError 'options/invalid' for another number of weights than of samples
 */
export function sampleWeights(
  { samples, classes }: ImageDataset,
  sampling: Sampling | undefined,
  of: string,
): ArrayLike<number> | undefined {
  if (sampling === undefined || isPerClass(sampling)) return undefined
  if (sampling === 'balanced') return balanced(tableOf(samples), classes.length)
  if (sampling === 'weights') return ownWeights(tableOf(samples), of)
  if (sampling.length === samples.length) return sampling
  throw baseError('options/invalid', {
    option: `${of}: sampling`,
    received: sampling.length,
    expected: `a list with the weight of each of the ${samples.length} samples`,
  })
}

/** Returns the weights by which each class comes equally often; of several labels an image the mean over its labels. */
function balanced(table: SampleTable, classes: number): Float64Array {
  const labelsAt = labelsAtOf(table)
  // What has no label is a class of its own, the last.
  const classesAt = (index: number) => {
    const labels = labelsAt(index)
    return labels.length > 0 ? labels : [classes]
  }
  const counts = new Float64Array(classes + 1)
  for (let index = 0; index < table.length; index++) for (const label of classesAt(index)) counts[label]!++
  return Float64Array.from({ length: table.length }, (_, index) => {
    const labels = classesAt(index)
    return labels.reduce((sum, label) => sum + 1 / counts[label]!, 0) / labels.length
  })
}

function ownWeights({ length, weightOf }: SampleTable, of: string): Float64Array {
  const weights = Float64Array.from({ length }, (_, index) => weightOf?.(index) ?? Number.NaN)
  if (weights.every((weight) => weight >= 0) && weights.some((weight) => weight > 0)) return weights
  const expected = "'balanced' or a list, where not each sample has a weight, and one of them a weight above 0"
  throw baseError('options/invalid', { option: `${of}: sampling`, received: 'weights', expected })
}

/** Draws as many indices as there are weights, each with the probability of its share of their sum. */
export function draw(weights: ArrayLike<number>, random: Random): Uint32Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (let index = 0; index < weights.length; index++) sums[index] = sum += weights[index]!
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
