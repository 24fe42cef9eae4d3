import * as z from 'zod'

/** The fields of the losses that compare the features of images. */
interface ComparingFields {
  /** The value that holds the features, [N, size] or [N, size, height, width] (averaged). Default: the logits. */
  readonly features?: string | undefined
  /** The share of the loss of the features, above 0 and up to 1; the cross-entropy has the rest. @default 1 */
  readonly weight?: number | undefined
}

/** The fields of the supervised contrastive loss. */
export interface ContrastiveFields extends ComparingFields {
  /** The number that the cosine similarities are divided by, above 0. @default 0.1 */
  readonly temperature?: number | undefined
}

/** The fields of the triplet loss. */
export interface TripletFields extends ComparingFields {
  /** The triplets: the hardest of each image, or all. @default 'batchHard' */
  readonly mining?: (typeof MININGS)[number] | undefined
  /** The least difference of the distances of a triplet that costs nothing, above 0, at most 2. @default 0.2 */
  readonly margin?: number | undefined
}

/** The choices of triplets. */
export const MININGS = ['batchHard', 'batchAll'] as const

const comparingFields = {
  features: z.string().min(1).optional(),
  weight: z.number().positive().max(1).default(1),
}
export const contrastiveFields = { ...comparingFields, temperature: z.number().positive().default(0.1) }
export const tripletFields = {
  ...comparingFields,
  mining: z.enum(MININGS).default('batchHard'),
  margin: z.number().positive().max(2).default(0.2),
}
