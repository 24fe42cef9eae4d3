import * as z from 'zod'

/** The place and the frequency of checkpoints. */
export interface CheckpointOptions {
  /** The directory, for this run alone: it is created and claimed when the run starts. */
  readonly directory: string
  /** The number of optimizer steps between checkpoints. Default: none within an epoch. */
  readonly everySteps?: number | undefined
  /**
   * The number of epochs between checkpoints; there is one after the last too. Default: 1 without `everySteps`, else
   * none.
   */
  readonly everyEpochs?: number | undefined
  /** The number of checkpoints to keep, the newest. @default 2 */
  readonly keep?: number | undefined
}

const positive = z.int().min(1)

export const checkpointSchema = z.strictObject({
  directory: z.string().min(1),
  everySteps: positive.optional(),
  everyEpochs: positive.optional(),
  keep: positive.default(2),
})
