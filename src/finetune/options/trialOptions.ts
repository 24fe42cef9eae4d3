import * as z from 'zod'

/** The options of a run that tries out a program, or a network, on few batches. PyTorch Lightning has both. */
export interface TrialOptions {
  /**
   * The number of batches that the run has of its training images, and of its validation images: chosen by the seed, and
   * the same in each epoch and order. A network that learns must be able to learn these by heart. Default: all.
   */
  readonly overfitBatches?: number | undefined
  /**
   * The number of batches of a run that only finds out whether everything works, `true` for 1: one epoch, with that number
   * of batches of training and of validation; no checkpoint, no resumption, no files of features. The weights change, as
   * in any run. Default: all.
   */
  readonly fastDevRun?: boolean | number | undefined
}

const count = z.int().min(1)

/** The schemas of `TrialOptions`. */
export const trialShape = {
  overfitBatches: count.optional(),
  fastDevRun: z
    .union([z.boolean(), count])
    .transform((value) => (typeof value === 'boolean' ? Number(value) : value))
    .optional(),
}

interface Trial {
  readonly overfitBatches?: number | undefined
  readonly fastDevRun?: number | undefined
  readonly sampling?: unknown
  readonly cluster?: unknown
}

/** The check that fixed batches are not drawn. */
export const batchesAreFixed = [
  ({ overfitBatches, sampling }: Trial): boolean => overfitBatches === undefined || sampling === undefined,
  { path: ['overfitBatches'] as string[], error: 'left out, with a sampling: its batches are the same in each epoch' },
] as const

/** The check that few batches are not distributed. */
export const trialIsLocal = [
  ({ overfitBatches, fastDevRun, cluster }: Trial): boolean =>
    (overfitBatches === undefined && !fastDevRun) || !cluster,
  { path: ['cluster'] as string[], error: 'left out, with overfitBatches or fastDevRun' },
] as const
