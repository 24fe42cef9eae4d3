import * as z from 'zod'
import { targetsShape } from '../data/dataset/sampleTargets.js'

export const FORMAT = 'onnx-finetune project'
export const VERSION = 1

/** The names of the entries of a project's archive. */
export const PROJECT = 'project.json'
export const CLASSIFIER = 'classifier.onnx'
export const IMAGES = 'images'

/** The version of a project, which is read before anything else. */
export const versionSchema = z.looseObject({ format: z.literal(FORMAT), version: z.int().min(1) })

/**
 * The schema of `project.json`. The folder of an image says its class; this says the names and the order of the
 * classes, and what folders cannot say.
 */
export const projectJsonSchema = z.looseObject({
  classes: z
    .array(z.object({ name: z.string(), folder: z.string().regex(/^[^/]+$/) }))
    .min(1)
    .refine((classes) => areUnique(classes.map(({ name }) => name)), 'no two classes of one name')
    .refine((classes) => areUnique(classes.map(({ folder }) => folder)), 'no two classes in one folder'),
  /** The entries of the images for validation. */
  validation: z.array(z.string()).default([]),
  /** The properties of an image that its folder cannot say, by entry; labels are indices of `classes`. */
  samples: z
    .record(
      z.string(),
      z.object({
        ...targetsShape,
        weight: z.number().min(0).optional(),
        group: z.union([z.string(), z.number()]).optional(),
      }),
    )
    .default({}),
  settings: z.record(z.string(), z.json()).default({}),
})

export type ProjectJson = z.output<typeof projectJsonSchema>

const areUnique = (names: readonly string[]): boolean => new Set(names).size === names.length
