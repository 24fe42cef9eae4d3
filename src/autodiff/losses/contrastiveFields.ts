import * as z from 'zod'

/** The fields that only the supervised contrastive loss has. */
export interface ContrastiveFields {
  /** The value that holds the features, [N, size] or [N, size, height, width] (averaged). Default: the logits. */
  readonly features?: string | undefined
  /** The number that the cosine similarities are divided by, above 0. @default 0.1 */
  readonly temperature?: number | undefined
  /** The share of the contrastive loss, above 0 and up to 1; the cross-entropy has the rest. @default 1 */
  readonly weight?: number | undefined
}

export const contrastiveFields = {
  features: z.string().min(1).optional(),
  temperature: z.number().positive().default(0.1),
  weight: z.number().positive().max(1).default(1),
}
