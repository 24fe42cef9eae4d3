import type { FineTuneEvent, StepEvent } from '../record/events.js'
import type { Metrics } from '../record/metrics.js'
import { planRound } from '../shards/planRound.js'
import { goOn } from './divergence.js'
import { learningRatesOf } from './learningRates.js'
import type { OpenRun } from './openRun.js'
import type { Pause } from './Pause.js'
import type { RoundStep, Rounds } from './Rounds.js'
import { stepEvent } from './trainEpoch.js'

/**
 * Trains the rest of the current epoch on many workers, in rounds, or as much of it as there is time for. A step is one
 * of every shard, and its learning rate that of its place in the schedule; the steps of a round are reported at its end.
 *
 * @param keep writes a checkpoint
 */
export async function* trainRounds(
  run: OpenRun,
  rounds: Rounds,
  pause: Pause,
  keep: () => AsyncIterable<FineTuneEvent>,
): AsyncGenerator<FineTuneEvent, void> {
  const { train, stop, progress, budget, checkpoints } = run
  progress.startEpochClock()
  let since = progress.seconds
  while (progress.batches < train.count) {
    await pause.passed(stop.signal)
    stop.signal.throwIfAborted()
    if (progress.step > 0 && budget.isOver(progress)) break
    const { updates } = progress
    const events = await trainRound(run, rounds)
    budget.stepped(progress.seconds - since)
    since = progress.seconds
    yield* events
    if (checkpoints.isDueAfterStep(progress.updates, updates)) yield* keep()
  }
}

/** Trains a round, and returns the events to report. Progress is at its end then: the caller may leave at any event. */
async function trainRound(run: OpenRun, rounds: Rounds): Promise<FineTuneEvent[]> {
  const { train, progress } = run
  const plan = planRound(progress.batches, train.count, rounds.options)
  const rates = Array.from({ length: plan.steps }, (_, step) => learningRatesOf(run, step))
  const before = progress.step
  progress.learningRates = rates[0]!
  const trained = await rounds.train(plan, rates).catch((error: unknown) => goOn(run, error))
  const events = 'type' in trained ? [trained] : trained.map((step) => eventOf(run, step, before, rates))
  progress.batches = plan.end
  progress.step = before + plan.steps
  progress.updates += plan.steps
  return events
}

function eventOf(run: OpenRun, sums: RoundStep, before: number, rates: readonly Record<string, number>[]): StepEvent {
  const { progress } = run
  progress.step = before + sums.step + 1
  progress.learningRates = rates[sums.step]!
  // Rounds are of one class an image.
  ;(progress.metrics as Metrics).addSums(sums)
  return stepEvent(run, { ...sums, lossSum: sums.loss, accuracy: sums.hits / sums.examples })
}
