import { z } from 'zod'

/** Where checkpoints go, and how often. */
export interface CheckpointOptions {
  /** Of this run alone: it is made, and taken, when the run begins. */
  readonly directory: string
  /** A checkpoint after so many optimizer steps. Default: none within an epoch. */
  readonly everySteps?: number | undefined
  /** A checkpoint after so many epochs, and after the last one. Default: 1 without `everySteps`, else none. */
  readonly everyEpochs?: number | undefined
  /** How many stay there, the newest. Default 2. */
  readonly keep?: number | undefined
}

const positive = z.int().min(1)

export const checkpointSchema = z.strictObject({
  directory: z.string().min(1),
  everySteps: positive.optional(),
  everyEpochs: positive.optional(),
  keep: positive.default(2),
})
