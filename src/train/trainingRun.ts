import { FineTuneError, isFineTuneError, throwIfAborted } from '../errors.js'
import type { Tensor } from '../onnx/tensor.js'
import type { Batches, StepBatch } from './batches.js'
import { keepCheckpoint, resumedEvent } from './checkpoint/keepCheckpoint.js'
import { evaluateBatches, feedsOf, lending, logitsOf } from './evaluateBatches.js'
import type { Evaluation, FineTuneEvent, FineTuneResult } from './events.js'
import { Metrics } from './metrics.js'
import { closeRun, type OpenRun, openRun, skippedOf } from './openRun.js'
import type { CheckedOptions } from './options.js'
import type { Pause } from './Pause.js'
import type { Recorder } from './Recorder.js'
import type { TrainedWeights } from './TrainedWeights.js'

/**
 * The run as one story: open, then for each epoch train and validate, then close. The model has the weights of the last step at
 * each epoch's end, and at the end of the run, however it comes.
 */
export async function* trainingRun(
  weights: TrainedWeights,
  recorder: Pick<Recorder, 'history' | 'restore'>,
  pause: Pause,
  options: CheckedOptions,
): AsyncGenerator<FineTuneEvent, FineTuneResult> {
  throwIfAborted(options.signal, 'fineTune')
  const run = await openRun(weights.model, options)
  weights.attach(run.session)
  const keep = () => keepCheckpoint(run, recorder)
  let left = true
  try {
    if (run.found) {
      recorder.restore(run.found.state.history)
      yield resumedEvent(run, run.found)
    }
    while (run.progress.epoch <= options.epochs && !run.best.isOver(run.progress.epoch - 1)) {
      yield* trainEpoch(run, pause, keep)
      const { epoch } = run.progress
      yield* finishEpoch(run, pause, weights)
      yield { type: 'epoch', epochs: options.epochs, ...run.progress.epochs.at(-1)! }
      const isLast = epoch === options.epochs || run.best.isOver(epoch)
      if (isLast || run.checkpoints.isDueAfterEpoch(epoch)) yield* keep()
    }
    weights.detach()
    if (options.keep === 'best') weights.set(run.best.best?.weights ?? {})
    const result = summarise(run)
    left = false
    yield { type: 'done', result }
    return result
  } catch (error) {
    left = false
    // What went wrong is to be told, also where it took the session along: then the model has the weights of the last epoch.
    await weights.keep().catch(() => {})
    const isAbort = isFineTuneError(error, 'aborted') || run.stop.signal.aborted
    await drain(keep()).catch((problem: unknown) => {
      if (isAbort) throw problem
    })
    if (isAbort) throwIfAborted(options.signal, 'fineTune')
    throw error
  } finally {
    if (left) {
      // Whoever listened has left: in the middle of an epoch, perhaps.
      await weights.keep()
      await drain(keep())
    }
    weights.detach()
    await closeRun(run)
  }
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

/** The rest of the epoch that goes on. */
async function* trainEpoch(
  run: OpenRun,
  pause: Pause,
  keep: () => AsyncIterable<FineTuneEvent>,
): AsyncGenerator<FineTuneEvent, void> {
  const { options, train, stop, progress } = run
  const { epoch, metrics } = progress
  const { epochs, accumulate } = options
  // Examples whose gradients have added up.
  let waiting = 0
  progress.startEpochClock()
  yield* prepare(run, train, epoch, 'train')
  for await (const batch of train.epoch(epoch - 1, progress.batches)) {
    await pause.passed(stop.signal)
    stop.signal.throwIfAborted()
    stop.isBusy = true
    if (accumulate === 1) progress.learningRates = nextRates(run)
    const { hits, lossSum } = await trainBatch(run, batch)
    const examples = batch.labels.data.length
    waiting += examples
    progress.batches = batch.position + 1
    progress.step++
    const isWhole = progress.step % accumulate === 0
    if (isWhole && accumulate > 1) await update(run, waiting)
    if (isWhole) {
      waiting = 0
      stop.isBusy = false
    }
    yield {
      type: 'step',
      epoch,
      epochs,
      step: progress.step,
      stepsPerEpoch: train.count,
      loss: lossSum / examples,
      accuracy: hits / examples,
      examples,
      examplesPerSecond: metrics.examples / progress.epochSeconds,
      learningRates: progress.learningRates,
    }
    if (isWhole && run.checkpoints.isDueAfterStep(progress.updates)) yield* keep()
  }
  if (waiting > 0) await update(run, waiting)
  stop.isBusy = false
}

async function trainBatch(run: OpenRun, batch: StepBatch): Promise<{ hits: number; lossSum: number }> {
  const { model, options, session, train, lossReduction, progress } = run
  const { learningRates, metrics, epoch } = progress
  const outputs =
    options.accumulate === 1
      ? await session.updateStep(feedsOf(batch), { learningRates, ...lending(train) })
      : await session.trainStep(feedsOf(batch), lending(train))
  const loss = (outputs[session.loss] as Tensor<'float32'>).data[0]!
  if (!Number.isFinite(loss)) throw new FineTuneError('train/diverged', { epoch, step: progress.step + 1, loss })
  const { labels } = batch
  const lossSum = lossReduction === 'sum' ? loss : loss * labels.data.length
  const hits = metrics.add(outputs[logitsOf(model)] as Tensor<'float32'>, labels, lossSum)
  return { hits, lossSum }
}

/** An optimizer step over several batches with so many examples together. */
async function update(run: OpenRun, examples: number): Promise<void> {
  const gradientScale = run.options.lossReduction === 'mean' ? 1 / examples : 1
  run.progress.learningRates = nextRates(run)
  await run.session.optimizerStep({ learningRates: run.progress.learningRates, gradientScale })
}

function nextRates({ schedule, progress, options }: OpenRun): Record<string, number> {
  const factor = schedule(progress.updates++)
  return Object.fromEntries(options.optimizer.groups.map(({ name, lr }) => [name, lr * factor]))
}

/** Validates, and closes the epoch. */
async function* finishEpoch(run: OpenRun, pause: Pause, weights: TrainedWeights): AsyncGenerator<FineTuneEvent, void> {
  const { progress } = run
  const { epoch, learningRates } = progress
  const trainSeconds = progress.epochSeconds
  const validation = run.validation && (yield* validate(run, pause, run.validation))
  const { loss, accuracy, examples } = progress.metrics.result()
  const skipped = skippedOf(run)
  const metrics = {
    epoch,
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

async function* prepare(
  { options: { epochs } }: OpenRun,
  batches: Batches,
  epoch: number,
  dataset: 'train' | 'validation',
): AsyncGenerator<FineTuneEvent, void> {
  for await (const done of batches.prepare(epoch - 1)) yield { type: 'featureStep', dataset, epoch, epochs, ...done }
}

async function* validate(run: OpenRun, pause: Pause, batches: Batches): AsyncGenerator<FineTuneEvent, Evaluation> {
  const { epochs } = run.options
  const { epoch } = run.progress
  const metrics = new Metrics(run.model.classes.length)
  let step = 0
  yield* prepare(run, batches, 1, 'validation')
  for await (const batch of evaluateBatches(run, batches, metrics)) {
    await pause.passed(run.stop.signal)
    run.stop.signal.throwIfAborted()
    yield { type: 'validationStep', epoch, epochs, step: ++step, stepsPerEpoch: batches.count, ...batch }
  }
  return metrics.result()
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
