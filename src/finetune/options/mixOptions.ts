import * as z from 'zod'

/** The mixing of pairs of training images. */
export interface MixOptions {
  /**
   * The parameter of the beta distribution from which the share of the second image is drawn, once per batch: a small
   * one gives shares near 0 and 1. Default: 0.2 for `mixup`, 1 for `cutmix`.
   */
  readonly alpha?: number | undefined
  /** The share of the batches that are mixed, at most 1. Default: 1; half of them each if both kinds are given. */
  readonly probability?: number | undefined
}

const kind = (alpha: number) =>
  z.strictObject({ alpha: z.number().positive().default(alpha), probability: z.number().min(0).max(1).optional() })

export const mixupSchema = kind(0.2)
export const cutmixSchema = kind(1)

/** The mixing of a run: the kinds that were asked for. */
export interface Mixing {
  readonly mixup?: z.output<typeof mixupSchema> | undefined
  readonly cutmix?: z.output<typeof cutmixSchema> | undefined
}

/** Returns the share of the batches that each kind mixes. */
export function probabilitiesOf({ mixup, cutmix }: Mixing): { readonly mixup: number; readonly cutmix: number } {
  const share = mixup && cutmix ? 0.5 : 1
  return { mixup: mixup ? (mixup.probability ?? share) : 0, cutmix: cutmix ? (cutmix.probability ?? share) : 0 }
}

/** The check that the kinds together mix at most all batches. */
export const sharesFit = [
  (mixing: Mixing): boolean => probabilitiesOf(mixing).mixup + probabilitiesOf(mixing).cutmix <= 1,
  { path: ['cutmix', 'probability'] as string[], error: "at most 1 together with mixup's" },
] as const

/** The check that no features are cached of images that are mixed. */
export const imagesAreNew = [
  ({ mixup, cutmix, cacheFeatures }: Mixing & { readonly cacheFeatures?: unknown }): boolean =>
    !(mixup || cutmix) || !cacheFeatures,
  { path: ['cacheFeatures'] as string[], error: 'left out, where the images of each epoch are mixed anew' },
] as const
