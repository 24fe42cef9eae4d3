import * as z from 'zod'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import type { Optimizer } from '../../optim/Optimizer.js'

const isDataset = (value: unknown): value is ImageDataset =>
  typeof value === 'object' &&
  value !== null &&
  Array.isArray((value as ImageDataset).classes) &&
  Array.isArray((value as ImageDataset).samples)
const isOptimizer = (value: unknown): value is Optimizer =>
  typeof value === 'object' && value !== null && 'groups' in value && 'buildGraph' in value
export const optimizerSchema = z.custom<Optimizer>(isOptimizer, 'an optimizer, such as sgd(groups)')
/** Checks no more than that it is one: its samples may be many. */
export const imagesSchema = z.custom<ImageDataset>(isDataset, 'a dataset: an object with classes and samples')

export const clipSchema = z.strictObject({
  norm: z.number().positive().optional(),
  value: z.number().positive().optional(),
})
export const onDivergedSchema = z
  .union([
    z.literal('throw'),
    z.strictObject({ factor: z.number().gt(0).lt(1).default(0.5), times: z.int().min(1).default(3) }),
  ])
  .default('throw')
