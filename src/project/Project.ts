import * as z from 'zod'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { labelledSchema } from '../data/dataset/datasetSchema.js'
import { subsetOf } from '../data/dataset/subset.js'
import { indicesWhere } from '../data/samples/indices.js'
import { checkOptions } from '../options.js'

/** Values that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** A project: images and labels, what is trained of them, and what a program keeps beside them. */
export interface Project {
  /** All images, those of validation too. */
  readonly dataset: ImageDataset
  /** The indices of the samples that are for validation. Default: none. */
  readonly validation?: readonly number[] | undefined
  /** The bytes of the classifier, as `exportClassifier` returns them. */
  readonly classifier?: Uint8Array | undefined
  /** The settings that a program keeps: JSON values, returned as they were by `openProject`. */
  readonly settings?: { readonly [name: string]: Json } | undefined
}

const index = z.number().int().min(0)
export const projectSchema = z
  .strictObject({
    dataset: labelledSchema(0),
    validation: z.array(index).default([]),
    classifier: z
      .custom<Uint8Array>((value) => value instanceof Uint8Array && value.length > 0, 'a Uint8Array that is not empty')
      .optional(),
    settings: z.record(z.string(), z.json()).default({}),
  })
  .superRefine(({ dataset, validation }, context) => {
    const place = validation.findIndex((index) => index >= dataset.samples.length)
    if (place < 0) return
    const message = `below ${dataset.samples.length}, the number of images`
    context.addIssue({ code: 'custom', path: ['validation', place], message })
  })

/**
 * Returns the images of a project for `fineTune`: those for training, and those for validation, undefined if there are
 * none.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function projectSets(project: Project): {
  readonly train: ImageDataset
  readonly validation: ImageDataset | undefined
} {
  const chosen = new Set(checkOptions(projectSchema, project, 'projectSets: project').validation)
  const { dataset } = project
  const partOf = (isIn: (index: number) => boolean) => subsetOf(dataset, indicesWhere(dataset.samples.length, isIn))
  return {
    train: partOf((index) => !chosen.has(index)),
    validation: chosen.size > 0 ? partOf((index) => chosen.has(index)) : undefined,
  }
}
