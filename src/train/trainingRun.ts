import { FineTuneError } from '../errors.js'
import type { Model } from '../model/Model.js'
import type { Tensor } from '../onnx/tensor.js'
import type { Batches, StepBatch } from './batches.js'
import { evaluateBatches, feedsOf, lending, logitsOf } from './evaluateBatches.js'
import type { EpochMetrics, Evaluation, FineTuneEvent, FineTuneResult } from './events.js'
import { Metrics } from './metrics.js'
import { closeRun, type OpenRun, openRun } from './openRun.js'
import type { CheckedOptions } from './options.js'

/** The run as one story: open, then for each epoch train and validate, then close; whatever happens, keep the weights. */
export async function* trainingRun(
  model: Model,
  options: CheckedOptions,
): AsyncGenerator<FineTuneEvent, FineTuneResult> {
  const run = await openRun(model, options)
  let failed = true
  try {
    const epochs: EpochMetrics[] = []
    for (let epoch = 1; epoch <= options.epochs; epoch++) {
      const metrics: EpochMetrics = yield* trainEpoch(run, epoch)
      epochs.push(metrics)
      yield { type: 'epoch', epochs: options.epochs, ...metrics }
    }
    await keepWeights(run)
    failed = false
    const result = summarise(epochs, run)
    yield { type: 'done', result }
    return result
  } finally {
    // After a failure or an early end the session may be gone as well: then the model keeps what it had.
    if (failed) await keepWeights(run).catch(() => {})
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
  yield* prepare(run, train, epoch, 'train')
  for await (const batch of train.epoch(epoch - 1)) {
    batches++
    if (accumulate === 1) learningRates = nextRates(run)
    const { hits, lossSum } = await trainBatch(run, batch, metrics, { epoch, step: batches, learningRates })
    if (accumulate > 1 && batches % accumulate === 0) learningRates = await update(run)
    const examples = batch.labels.data.length
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
  if (batches % accumulate !== 0) learningRates = await update(run)
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
  { model, options, session, train }: OpenRun,
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
  const lossSum = options.lossReduction === 'sum' ? loss : loss * labels.data.length
  const hits = metrics.add(outputs[logitsOf(model)] as Tensor<'float32'>, labels, lossSum)
  return { hits, lossSum }
}

/** An optimizer step over several batches; returns the learning rates that it used. */
async function update(run: OpenRun): Promise<Record<string, number>> {
  const learningRates = nextRates(run)
  await run.session.optimizerStep({ learningRates })
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
  const { epochs, lossReduction } = run.options
  const metrics = new Metrics(run.model.classes.length)
  let step = 0
  yield* prepare(run, batches, 1, 'validation')
  for await (const batch of evaluateBatches(run, batches, lossReduction, metrics))
    yield { type: 'validationStep', epoch, epochs, step: ++step, stepsPerEpoch: batches.count, ...batch }
  return metrics.result()
}

/** Reads the trained tensors back into the model. */
async function keepWeights({ model, session }: OpenRun): Promise<void> {
  const known = new Set(session.parameters)
  const changed = await session.getParameters([...model.trainable, ...model.buffers].filter((name) => known.has(name)))
  for (const [name, tensor] of Object.entries(changed)) model.set(name, tensor)
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
