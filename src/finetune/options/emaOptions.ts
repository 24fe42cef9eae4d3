import * as z from 'zod'

/** The moving average of the weights of a run. */
export interface EmaOptions {
  /** The share of the average that a step keeps: average = decay * average + (1 - decay) * weights. @default 0.999 */
  readonly decay?: number | undefined
  /**
   * True if the decay of step t = 1, 2, ... is at most (1 + t) / (10 + t), as TensorFlow's: at the start of a run the
   * average would follow the weights too slowly.
   * @default true
   */
  readonly warmup?: boolean | undefined
}

export const emaSchema = z.strictObject({
  decay: z.number().min(0).lt(1).default(0.999),
  warmup: z.boolean().default(true),
})
