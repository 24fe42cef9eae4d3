import type { Batches } from '../batches/batches.js'
import { evaluateBatches } from '../batches/evaluateBatches.js'
import { explained } from '../memory/memoryInfo.js'
import type { CheckedOptions } from '../options/options.js'
import type { Evaluation, FineTuneEvent, FineTuneResult } from '../record/events.js'
import { metricsOf } from '../record/metricsOf.js'
import type { Retrieval } from '../record/Retrieval.js'
import { demandImages } from './demandImages.js'
import { keepCheckpoint, lastCheckpoint } from './keepCheckpoint.js'
import { openingEvents } from './openingEvents.js'
import { closeRun, type OpenRun, openRun, type Stage, type StartState, skippedOf } from './openRun.js'
import type { Pause } from './Pause.js'
import type { Recorder } from './Recorder.js'
import type { Rounds } from './Rounds.js'
import type { TrainedWeights } from './TrainedWeights.js'
import { prepare, trainEpoch } from './trainEpoch.js'
import { trainRounds } from './trainRounds.js'

/** A phase that has ended: the state that the next one starts from, and the result of the run so far. */
interface EndedPhase {
  readonly result: FineTuneResult
  readonly state: StartState
  /** True if the patience is exhausted: the run has no further phases then. */
  readonly isLast: boolean
}

/**
 * Runs a phase of a training, the whole of one without phases: open, then for each epoch train and validate, then close.
 * The model has the weights of the last step at each epoch's end, and at the end of the phase, however it ends.
 */
export async function* trainPhase(
  weights: TrainedWeights,
  recorder: Pick<Recorder, 'computesOn' | 'history' | 'restore'>,
  pause: Pause,
  options: CheckedOptions,
  stage: Stage,
): AsyncGenerator<FineTuneEvent, EndedPhase> {
  const run = await openRun(weights.model, options, stage)
  const keep = () => keepCheckpoint(run, recorder)
  let [rounds, left]: [Rounds | undefined, boolean] = [undefined, true]
  try {
    await weights.attach(run)
    yield* openingEvents(run, recorder)
    rounds = await openRounds(run)
    // Decided once for each epoch: what a checkpoint says of the time, a resumed run finds again.
    for (let ends = isOver(run); !ends; ) {
      yield* rounds ? trainRounds(run, rounds, pause, keep) : trainEpoch(run, pause, keep)
      const { epoch } = run.progress
      yield* finishEpoch(run, pause, weights)
      yield { type: 'epoch', epochs: run.epochs, ...run.progress.epochs.at(-1)! }
      ends = isOver(run)
      if (ends || run.checkpoints.isDueAfterEpoch(epoch)) yield* keep()
    }
    weights.detach()
    if (options.keep === 'best') weights.set(run.best.best?.weights ?? {})
    left = false
    return endedOf(run)
  } catch (error) {
    left = false
    // The original error is reported, even if it closed the session: then the model has the weights of the last epoch.
    await weights.keep().catch(() => {})
    const isAbort = run.stop.signal.aborted
    await lastCheckpoint(run, recorder).catch((problem: unknown) => {
      if (isAbort) throw problem
    })
    if (isAbort) options.signal?.throwIfAborted()
    throw await explained(error, run)
  } finally {
    if (left) {
      // The caller has left the loop: in the middle of an epoch, perhaps.
      await weights.keep()
      await lastCheckpoint(run, recorder)
    }
    weights.detach()
    await Promise.resolve(rounds?.close()).finally(() => closeRun(run))
  }
}

/** Opens the rounds of a run on many workers, by code that few runs need. */
async function openRounds(run: OpenRun): Promise<Rounds | undefined> {
  if (!run.options.cluster) return undefined
  const { Rounds: rounds } = await import('./Rounds.js')
  return rounds.open(run)
}

/** Tells whether the epochs, the patience or the time are exhausted. */
const isOver = ({ progress, options, best, budget }: OpenRun): boolean =>
  progress.epochOfPhase > options.epochs || best.isOver(progress.epoch - 1) || budget.isOver(progress)

/** Validates, and completes the epoch. */
async function* finishEpoch(run: OpenRun, pause: Pause, weights: TrainedWeights): AsyncGenerator<FineTuneEvent, void> {
  const { progress } = run
  const { epoch, learningRates } = progress
  const trainSeconds = progress.epochSeconds
  const { loss, accuracy, examples } = progress.metrics.result()
  demandImages(examples, 'train', skippedOf(run).train)
  yield* endOf(run)
  const validation = run.validation && (yield* validate(run, pause, run.validation))
  const skipped = skippedOf(run)
  const metrics = {
    epoch,
    ...(run.phase !== undefined && { phase: run.phase }),
    trainLoss: loss,
    trainAccuracy: accuracy,
    ...(validation && { validation }),
    examplesPerSecond: examples / trainSeconds,
    seconds: progress.epochSeconds,
    learningRates,
    skipped: [...skipped.train, ...skipped.validation],
  }
  await weights.keep()
  const isBest = run.best.consider(metrics, run.model)
  progress.finishEpoch({ ...metrics, ...(validation && { isBest }) }, { examples, trainSeconds })
}

/** Averages epochs and re-estimates statistics, by code that few runs need. */
async function* endOf(run: OpenRun): AsyncGenerator<FineTuneEvent, void> {
  const { swa, batchNorm } = run.options
  if (!swa && batchNorm === 'running') return
  const { averageEpochs } = await import('./averageEpochs.js')
  yield* averageEpochs(run)
}

async function* validate(run: OpenRun, pause: Pause, batches: Batches): AsyncGenerator<FineTuneEvent, Evaluation> {
  const { epochs } = run
  const { epoch } = run.progress
  const metrics = metricsOf(run.model.task, run.model.classes.length)
  const retrieval = await retrievalOf(run)
  let step = 0
  yield* prepare(run, batches, 1, 'validation')
  const since = run.progress.seconds
  for await (const batch of evaluateBatches(run, batches, { metrics, retrieval })) {
    await pause.passed(run.stop.signal)
    run.stop.signal.throwIfAborted()
    yield { type: 'validationStep', epoch, epochs, step: ++step, stepsPerEpoch: batches.count, ...batch }
  }
  const recallAt = await retrieval?.result(run.stop.signal)
  const evaluation = { ...metrics.result(), ...(recallAt && { recallAt }) }
  run.budget.validated(run.progress.seconds - since)
  demandImages(evaluation.examples, 'validation', skippedOf(run).validation)
  return evaluation
}

/** Makes the measure of embeddings, by code that few runs need. */
async function retrievalOf({ embedding }: OpenRun): Promise<Retrieval | undefined> {
  if (embedding === undefined) return undefined
  const { Retrieval: OfImages } = await import('../record/Retrieval.js')
  return new OfImages()
}

function endedOf(run: OpenRun): EndedPhase {
  const { progress, best } = run
  const position = { ...progress.position(skippedOf(run)), epochSeconds: 0 }
  return { result: summarise(run), state: { position, best: best.best }, isLast: best.isOver(progress.epoch - 1) }
}

function summarise({ progress, best: { best }, options }: OpenRun): FineTuneResult {
  const { epochs, examples, trainSeconds, seconds } = progress
  const kept = options.keep === 'best' ? epochs.find(({ epoch }) => epoch === best?.epoch) : epochs.at(-1)
  return {
    epochs: [...epochs],
    ...(kept?.validation && { validation: kept.validation }),
    ...(best && { bestEpoch: best.epoch }),
    examplesPerSecond: examples / trainSeconds,
    seconds,
  }
}
