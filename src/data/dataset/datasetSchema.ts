import * as z from 'zod'
import { problemOfTargets, targetsShape } from './sampleTargets.js'

const label = z.number().int().min(0)
/** Returns the schema of the parts of a dataset that are relied on, with at least the given number of samples. */
export const labelledSchema = (least: number) =>
  z
    .looseObject({
      classes: z.array(z.string()).min(1),
      samples: z.array(z.looseObject({ source: z.string(), label, ...targetsShape })).min(least),
    })
    .superRefine(({ classes, samples }, context) => {
      const index = samples.findIndex((sample) => sample.label >= classes.length)
      if (index >= 0)
        return context.addIssue({
          code: 'custom',
          path: ['samples', index, 'label'],
          message: `below ${classes.length}, the number of classes`,
        })
      const place = samples.findIndex((sample) => problemOfTargets(sample, classes.length))
      if (place < 0) return
      const { path, expected } = problemOfTargets(samples[place]!, classes.length)!
      context.addIssue({ code: 'custom', path: ['samples', place, ...path], message: expected })
    })
export const datasetSchema = labelledSchema(1)
