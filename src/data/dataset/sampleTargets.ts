import * as z from 'zod'
import type { ImageSample } from '../samples/ImageSample.js'
import { tableOf } from '../samples/lazySamples.js'
import type { ImageDataset } from './dataset.js'

/** The targets that a sample may have besides its class. */
export type SampleTargets = Pick<ImageSample, 'labels' | 'values'>

/** The schemas of `SampleTargets`. */
export const targetsShape = {
  labels: z.array(z.number().int().min(0)).optional(),
  values: z.array(z.number()).optional(),
}

/** Returns the problem of the targets of a sample, if there is one: the path to it, and what is expected. */
export function problemOfTargets(
  { labels, values }: SampleTargets,
  classes: number,
): { readonly path: readonly (string | number)[]; readonly expected: string } | undefined {
  const place = labels?.findIndex((label) => label >= classes) ?? -1
  if (place >= 0) return { path: ['labels', place], expected: `below ${classes}, the number of classes` }
  if (values && values.length !== classes)
    return { path: ['values'], expected: `${classes} numbers, one for each name in classes` }
  return undefined
}

/** Counts the samples of each class; one of several labels counts for each of them. */
export function countPerClass({ samples, classes }: Pick<ImageDataset, 'samples' | 'classes'>): number[] {
  const counts = classes.map(() => 0)
  const { length, sampleAt } = tableOf(samples)
  for (let index = 0; index < length; index++) {
    const { label, labels = [label] } = sampleAt(index)
    for (const one of new Set(labels)) if (one in counts) counts[one]!++
  }
  return counts
}
