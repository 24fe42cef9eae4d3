import type { CheckedOptions } from '../options/options.js'
import type { OpenRun } from './openRun.js'

/** Adds the weights of an optimizer step to their moving average, if the run has one. */
export async function averageWeights({ options: { ema }, session, progress }: OpenRun): Promise<void> {
  if (ema) await session.averages.update(1 - decayAt(progress.updatesOfPhase, ema))
}

/** Returns the decay of a step, counted from 1: TensorFlow's, as its ExponentialMovingAverage with `num_updates`. */
export const decayAt = (step: number, { decay, warmup }: NonNullable<CheckedOptions['ema']>): number =>
  warmup ? Math.min(decay, (1 + step) / (10 + step)) : decay
