import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Batches, StepBatch } from '../batches/batches.js'
import { feedsOf, logitsOf, transferOptions } from '../batches/evaluateBatches.js'
import type { FineTuneEvent, StepEvent } from '../record/events.js'
import { averageWeights } from './averageWeights.js'
import { goOn } from './divergence.js'
import { learningRatesOf } from './learningRates.js'
import type { OpenRun } from './openRun.js'
import type { Pause } from './Pause.js'

/**
 * Trains the rest of the current epoch, or as much of it as there is time for.
 *
 * @param keep writes a checkpoint
 */
export async function* trainEpoch(
  run: OpenRun,
  pause: Pause,
  keep: () => AsyncIterable<FineTuneEvent>,
): AsyncGenerator<FineTuneEvent, void> {
  const { options, train, stop, progress, budget } = run
  const { accumulate } = options
  const isJoined = updatesInStep(run)
  // The weight of the examples whose gradients are accumulated.
  let waiting = 0
  progress.startEpochClock()
  yield* prepare(run, train, progress.epochOfPhase, 'train')
  let since = progress.seconds
  for await (const batch of train.epoch(progress.epochOfPhase - 1, progress.batches)) {
    await pause.passed(stop.signal)
    stop.signal.throwIfAborted()
    if (progress.step > 0 && budget.isOver(progress)) break
    stop.isBusy = true
    if (isJoined) progress.learningRates = learningRatesOf(run)
    const trained = await trainBatch(run, batch).catch((error: unknown) => goOn(run, error))
    progress.batches = batch.position + 1
    progress.step++
    if (isJoined) progress.updates++
    if ('lossSum' in trained) waiting += trained.weight
    if (isJoined && 'lossSum' in trained) await averageWeights(run)
    const isWhole = progress.step % accumulate === 0
    if (isWhole && !isJoined) await update(run, waiting)
    if (isWhole) {
      waiting = 0
      stop.isBusy = false
    }
    yield 'lossSum' in trained ? stepEvent(run, trained) : trained
    budget.stepped(progress.seconds - since)
    since = progress.seconds
    if (isWhole && run.checkpoints.isDueAfterStep(progress.updates)) yield* keep()
  }
  await update(run, waiting)
  stop.isBusy = false
}

/** Prepares an epoch of the phase. */
export async function* prepare(
  { epochs, progress: { before } }: OpenRun,
  batches: Batches,
  epochOfPhase: number,
  dataset: 'train' | 'validation',
): AsyncGenerator<FineTuneEvent, void> {
  const epoch = before.epochs + epochOfPhase
  for await (const done of batches.prepare(epochOfPhase - 1))
    yield 'type' in done ? done : { type: 'featureStep', dataset, epoch, epochs, ...done }
}

/** Tells whether each training step updates the weights by itself, in one run of the graph. */
export const updatesInStep = ({ options, replicas }: OpenRun): boolean => options.accumulate === 1 && !replicas

interface TrainedBatch {
  readonly accuracy: number
  readonly lossSum: number
  readonly examples: number
  /** The divisor of a mean: the sum of the examples' weights, or the number of all elements. */
  readonly weight: number
}

/** Trains on a batch. @throws FineTuneError 'session/not-finite', and then nothing is changed */
async function trainBatch(run: OpenRun, batch: StepBatch): Promise<TrainedBatch> {
  const { model, session, replicas = session, train, lossReduction, progress } = run
  const { learningRates, metrics } = progress
  const how = { ...transferOptions(train), mustBeFinite: true }
  const outputs = updatesInStep(run)
    ? await session.updateStep(feedsOf(batch), { learningRates, ...how })
    : await replicas.trainStep(feedsOf(batch), how)
  const examples = batch.labels.data.length
  const loss = (outputs[session.loss] as Tensor<'float32'>).data[0]!
  const weight = weightOf(run, batch)
  const mean = lossReduction === 'sum' ? loss / (weight || 1) : loss
  const lossSum = mean * examples
  const accuracy = metrics.add(outputs[logitsOf(model)] as Tensor<'float32'>, batch, lossSum)
  return { accuracy, lossSum, examples, weight }
}

export function stepEvent(run: OpenRun, trained: Omit<TrainedBatch, 'weight'>): StepEvent {
  const { epochs, progress, stepsPerEpoch, budget } = run
  const { epoch, step, metrics, learningRates } = progress
  const { accuracy, lossSum, examples } = trained
  const budgetLeft = budget.left(progress)
  return {
    type: 'step',
    epoch,
    epochs,
    step,
    stepsPerEpoch,
    loss: lossSum / examples,
    accuracy,
    examples,
    examplesPerSecond: metrics.examples / progress.epochSeconds,
    learningRates,
    ...(budgetLeft !== undefined && { budgetLeft }),
  }
}

/** Returns the divisor of the mean loss over a batch: the weights of the labels, or the number of the elements. */
function weightOf({ classWeights, terms }: OpenRun, { labels, targets }: StepBatch): number {
  if (!classWeights || targets) return labels.data.length * terms
  return labels.data.reduce((sum, label) => sum + classWeights[Number(label)]!, 0)
}

/** Makes an optimizer step over accumulated batches with examples of the given weight together, if there are any. */
async function update(run: OpenRun, weight: number): Promise<void> {
  const { options, session, replicas = session, progress } = run
  if (weight === 0) return
  const gradientScale = options.lossReduction === 'mean' ? 1 / weight : 1
  progress.learningRates = learningRatesOf(run)
  await replicas.optimizerStep({ learningRates: progress.learningRates, gradientScale })
  progress.updates++
  await averageWeights(run)
}
