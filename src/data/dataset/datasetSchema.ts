import * as z from 'zod'
import type { ImageSample } from '../samples/ImageSample.js'
import { isLazy, tableOf } from '../samples/lazySamples.js'
import { problemOfTargets, targetsShape } from './sampleTargets.js'

const label = z.number().int().min(0)
const objects = z.array(
  z.looseObject({
    source: z.string(),
    label,
    ...targetsShape,
    weight: z.number().min(0).optional(),
    group: z.union([z.string(), z.number()], 'a string or a number').optional(),
  }),
)

/** The schema of samples. Those that are made when they are asked for come from a table that was checked. */
const samplesSchema = z.custom<readonly ImageSample[]>().superRefine((samples, context) => {
  if (isLazy(samples)) return
  const { error } = objects.safeParse(samples)
  for (const issue of error?.issues ?? [])
    context.addIssue({ ...issue, continue: false } as Parameters<typeof context.addIssue>[0])
})

/** Returns the schema of the parts of a dataset that are relied on, with at least the given number of samples. */
export const labelledSchema = (least: number) =>
  z
    .looseObject({
      classes: z.array(z.string()).min(1),
      samples: samplesSchema,
    })
    .superRefine(({ classes, samples }, context) => {
      if (samples.length < least)
        context.addIssue({ code: 'too_small', origin: 'array', minimum: least, inclusive: true, path: ['samples'] })
      const index = firstUnknown(samples, classes.length)
      if (index >= 0)
        return context.addIssue({
          code: 'custom',
          path: ['samples', index, 'label'],
          message: `below ${classes.length}, the number of classes`,
        })
      if (isLazy(samples)) return
      const place = samples.findIndex((sample) => problemOfTargets(sample, classes.length))
      if (place < 0) return
      const { path, expected } = problemOfTargets(samples[place]!, classes.length)!
      context.addIssue({ code: 'custom', path: ['samples', place, ...path], message: expected })
    })
export const datasetSchema = labelledSchema(1)

/** Returns the index of the first sample with another label than those below `classes`, or -1. */
function firstUnknown(samples: readonly ImageSample[], classes: number): number {
  const { length, labelOf } = tableOf(samples)
  for (let index = 0; index < length; index++) if (labelOf(index) >= classes) return index
  return -1
}
