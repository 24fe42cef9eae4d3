import { FineTuneError, isFineTuneError, throwIfAborted } from '../errors.js'
import type { Tensor } from '../onnx/tensor.js'
import type { Batches, StepBatch } from './batches.js'
import { evaluateBatches, feedsOf, lending, logitsOf } from './evaluateBatches.js'
import type { EpochMetrics, Evaluation, FineTuneEvent, FineTuneResult } from './events.js'
import { Metrics } from './metrics.js'
import { closeRun, type OpenRun, openRun } from './openRun.js'
import type { CheckedOptions } from './options.js'
import type { TrainedWeights } from './TrainedWeights.js'

/**
 * The run as one story: open, then for each epoch train and validate, then close. The model has the weights of the last step at
 * each epoch's end, and at the end of the run, however it comes.
 */
export async function* trainingRun(
  weights: TrainedWeights,
  options: CheckedOptions,
): AsyncGenerator<FineTuneEvent, FineTuneResult> {
  throwIfAborted(options.signal, 'fineTune')
  const run = await openRun(weights.model, options)
  weights.attach(run.session)
  let left = true
  try {
    const epochs: EpochMetrics[] = []
    for (let epoch = 1; epoch <= options.epochs; epoch++) {
      const metrics: EpochMetrics = yield* trainEpoch(run, epoch)
      epochs.push(metrics)
      await weights.keep()
      yield { type: 'epoch', epochs: options.epochs, ...metrics }
    }
    const result = summarise(epochs, run)
    yield { type: 'done', result }
    left = false
    return result
  } catch (error) {
    left = false
    // What went wrong is to be told, also where it took the session along: then the model has the weights of the last epoch.
    await weights.keep().catch(() => {})
    if (isFineTuneError(error, 'aborted')) throwIfAborted(options.signal, 'fineTune')
    throw error
  } finally {
    // Whoever listened has left: in the middle of an epoch, perhaps.
    if (left) await weights.keep()
    weights.detach()
    await closeRun(run)
  }
}

async function* trainEpoch(run: OpenRun, epoch: number): AsyncGenerator<FineTuneEvent, EpochMetrics> {
  const { model, options, train } = run
  const { epochs, accumulate } = options
  const metrics = new Metrics(model.classes.length)
  const started = performance.now()
  let learningRates: Readonly<Record<string, number>> = {}
  let batches = 0
  // Examples whose gradients have added up.
  let waiting = 0
  yield* prepare(run, train, epoch, 'train')
  for await (const batch of train.epoch(epoch - 1)) {
    throwIfAborted(options.signal, 'fineTune')
    batches++
    if (accumulate === 1) learningRates = nextRates(run)
    const { hits, lossSum } = await trainBatch(run, batch, metrics, { epoch, step: batches, learningRates })
    const examples = batch.labels.data.length
    waiting += examples
    if (accumulate > 1 && batches % accumulate === 0) {
      learningRates = await update(run, waiting)
      waiting = 0
    }
    yield {
      type: 'step',
      epoch,
      epochs,
      step: batches,
      stepsPerEpoch: train.count,
      loss: lossSum / examples,
      accuracy: hits / examples,
      examples,
      examplesPerSecond: metrics.examples / secondsSince(started),
      learningRates,
    }
  }
  if (batches % accumulate !== 0) learningRates = await update(run, waiting)
  const trainSeconds = secondsSince(started)
  run.examples += metrics.examples
  run.trainSeconds += trainSeconds
  const validation = run.validation && (yield* validate(run, run.validation, epoch))
  const { loss, accuracy, examples } = metrics.result()
  return {
    epoch,
    trainLoss: loss,
    trainAccuracy: accuracy,
    ...(validation && { validation }),
    examplesPerSecond: examples / trainSeconds,
    seconds: secondsSince(started),
    learningRates,
    skipped: [...train.skipped, ...(run.validation?.skipped ?? [])],
  }
}

async function trainBatch(
  { model, options, session, train, lossReduction }: OpenRun,
  batch: StepBatch,
  metrics: Metrics,
  { learningRates, ...at }: { epoch: number; step: number; learningRates: Readonly<Record<string, number>> },
): Promise<{ hits: number; lossSum: number }> {
  const outputs =
    options.accumulate === 1
      ? await session.updateStep(feedsOf(batch), { learningRates, ...lending(train) })
      : await session.trainStep(feedsOf(batch), lending(train))
  const loss = (outputs[session.loss] as Tensor<'float32'>).data[0]!
  if (!Number.isFinite(loss)) throw new FineTuneError('train/diverged', { ...at, loss })
  const { labels } = batch
  const lossSum = lossReduction === 'sum' ? loss : loss * labels.data.length
  const hits = metrics.add(outputs[logitsOf(model)] as Tensor<'float32'>, labels, lossSum)
  return { hits, lossSum }
}

/** An optimizer step over several batches with so many examples together; returns the learning rates that it used. */
async function update(run: OpenRun, examples: number): Promise<Record<string, number>> {
  const learningRates = nextRates(run)
  const gradientScale = run.options.lossReduction === 'mean' ? 1 / examples : 1
  await run.session.optimizerStep({ learningRates, gradientScale })
  return learningRates
}

function nextRates(run: OpenRun): Record<string, number> {
  const factor = run.schedule(run.steps++)
  return Object.fromEntries(run.options.optimizer.groups.map(({ name, lr }) => [name, lr * factor]))
}

async function* prepare(
  { options: { epochs } }: OpenRun,
  batches: Batches,
  epoch: number,
  dataset: 'train' | 'validation',
): AsyncGenerator<FineTuneEvent, void> {
  for await (const done of batches.prepare(epoch - 1)) yield { type: 'featureStep', dataset, epoch, epochs, ...done }
}

async function* validate(run: OpenRun, batches: Batches, epoch: number): AsyncGenerator<FineTuneEvent, Evaluation> {
  const { epochs, signal } = run.options
  const metrics = new Metrics(run.model.classes.length)
  let step = 0
  yield* prepare(run, batches, 1, 'validation')
  for await (const batch of evaluateBatches(run, batches, metrics)) {
    throwIfAborted(signal, 'fineTune')
    yield { type: 'validationStep', epoch, epochs, step: ++step, stepsPerEpoch: batches.count, ...batch }
  }
  return metrics.result()
}

function summarise(epochs: readonly EpochMetrics[], run: OpenRun): FineTuneResult {
  const validation = epochs.at(-1)?.validation
  return {
    epochs,
    ...(validation && { validation }),
    examplesPerSecond: run.examples / run.trainSeconds,
    seconds: secondsSince(run.started),
  }
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000
