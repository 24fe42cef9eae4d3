import { z } from 'zod'

const epoch = z.object({
  trainLoss: z.number(),
  trainAccuracy: z.number(),
  validationLoss: z.number().exactOptional(),
  validationAccuracy: z.number().exactOptional(),
})
const entry = z.object({ id: z.string(), name: z.string() })
const mode = z.enum(['head', 'full'])
const network = z.enum(['small', 'resnet18'])
const count = z.int().min(1).max(1000)
const share = z.number().min(0).max(1)

/**
 * The settings that this page keeps in a project: with them it continues where it was. A project of another program
 * has none.
 */
export const pageSettingsSchema = z.object({
  /** The identifiers of the classes and of the images, in their order. */
  classes: z.array(z.string()),
  images: z.array(entry.extend({ confirmed: z.boolean() })),
  settings: z.object({
    network,
    mode,
    epochs: z.object({ head: count, full: count }),
    batchSize: count,
  }),
  changes: z.int(),
  result: z
    .object({
      classes: z.array(entry),
      epochs: z.array(epoch),
      judged: z.array(z.object({ id: z.string(), classId: z.string(), predictedId: z.string(), score: share })),
      accuracy: share.exactOptional(),
      images: z.int(),
      seconds: z.number(),
      network,
      mode,
      stopped: z.boolean(),
      provider: z.string().exactOptional(),
    })
    .optional(),
})

export type PageSettings = z.output<typeof pageSettingsSchema>
