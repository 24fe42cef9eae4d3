import { isFineTuneError } from '../../errors.js'
import { finetuneError } from '../errors.js'
import { type WarningEvent, warningOf } from '../record/events.js'
import { learningRatesOf } from './learningRates.js'
import type { OpenRun } from './openRun.js'

/**
 * Continues a run after a step that was undone, with smaller learning rates, if its options say so.
 *
 * @param error the error of the step
 * @returns the warning to report
 * @throws FineTuneError 'train/diverged'; `error`, if it has another cause
 */
export function goOn(run: OpenRun, error: unknown): WarningEvent {
  if (!isFineTuneError(error, 'session/not-finite')) throw error
  const { progress } = run
  const { onDiverged } = run.options
  const learningRates = run.options.accumulate === 1 && !run.replicas ? progress.learningRates : learningRatesOf(run)
  const place = { epoch: progress.epoch, ...(run.phase !== undefined && { phase: run.phase }), step: progress.step + 1 }
  const facts = { ...error.facts, ...place, learningRates }
  if (onDiverged === 'throw' || progress.undone === onDiverged.times)
    throw finetuneError('train/diverged', facts, { cause: error })
  progress.undone++
  progress.rateFactor *= onDiverged.factor
  return warningOf(finetuneError('train/diverged', { ...facts, rateFactor: progress.rateFactor }))
}
