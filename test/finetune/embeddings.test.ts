import { expect, test } from 'vitest'
import { IMAGENET } from '../../src/backbones/Architecture.js'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { embed } from '../../src/embedding/embed.js'
import { nearestNeighbours } from '../../src/embedding/nearestNeighbours.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { BestEpoch } from '../../src/finetune/record/BestEpoch.js'
import type { EpochMetrics } from '../../src/finetune/record/events.js'
import { Retrieval } from '../../src/finetune/record/Retrieval.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { float32, int64 } from '../../src/onnx/graph/tensor.js'
import { adamW } from '../../src/optim/adam.js'
import { epochLine } from '../../src/progress/epochLine.js'
import { metricsCsv } from '../../src/report/metrics/metricsCsv.js'
import { reportHtml } from '../../src/report/reportHtml.js'
import { tensorBoardEvents } from '../../src/report/tensorboard/tensorBoardEvents.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { failure } from './support/smallRun.js'
import { stripes } from './support/stripes.js'
import { tinyModel } from './support/tinyModel.js'

const [train, validation] = [await stripes(64, 0), await stripes(40, 1)]
const view = compose([resize(28), centerCrop(24), toTensor(), normalize(IMAGENET.mean, IMAGENET.std)])

const network = (): Model => replaceHead(tinyModel(), { classes: train.classes, hidden: [16], embedding: 8 })

function start(model: Model, more: Partial<FineTuneOptions>) {
  const views = { trainTransform: view, validationTransform: view }
  const optimizer = adamW(paramGroups(model, { lr: 1e-2 }))
  return fineTune(model, { train, validation, batchSize: 16, ...views, optimizer, workers: 0, threads: 1, ...more })
}

/** Recall by the neighbours of the embeddings that a user computes. */
async function recallOf(model: Model, dataset: ImageDataset): Promise<Record<number, number>> {
  const { vectors, labels } = await embed(model, dataset, { workers: 0, threads: 1 })
  const found = await nearestNeighbours(vectors, vectors, 9)
  const others = found.map((neighbours, query) => neighbours.filter(({ index }) => index !== query))
  const share = (k: number) =>
    others.filter((near, query) => near.slice(0, k).some(({ index }) => labels[index] === labels[query])).length
  return Object.fromEntries([1, 2, 4, 8].map((k) => [k, share(k) / labels.length]))
}

test.each([
  [{ type: 'triplet', mining: 'batchAll', margin: 0.5, weight: 0.8 }],
  [{ type: 'supervisedContrastive' }],
] as const)('images of a class become neighbours: %j', async (loss) => {
  const model = network()
  model.preprocessing = { ...model.preprocessing, resize: 28, crop: 24 }
  const before = await recallOf(model, validation)
  const run = start(model, { loss, epochs: 8, keep: 'best', cacheFeatures: false })
  const { bestEpoch, validation: kept } = await run
  const recalls = run.record.epochs.map((epoch) => epoch.validation!.recallAt!)
  expect(before[1]).toBeLessThan(0.8)
  expect(recalls[bestEpoch! - 1]![1]).toBe(Math.max(...recalls.map((recall) => recall[1]!)))
  expect(kept!.recallAt![1]).toBeGreaterThan(0.95)
  expect(kept!.recallAt).toEqual(await recallOf(model, validation))
  expect(run.record.settings).toMatchObject({ loss, sampling: { perClass: 4 } })
})

test('an epoch tells recall in its line, its CSV, its events and its report', async () => {
  const run = start(network(), { loss: { type: 'triplet' }, epochs: 1 })
  await run
  const [epoch] = run.record.epochs
  const recall = epoch!.validation!.recallAt![1]!
  expect(epochLine(epoch!)).toContain(`, recall@1 ${recall.toFixed(3)}, `)
  const [head, row] = metricsCsv(run).split('\r\n')
  expect([head, row].map((line) => line!.split(',').at(-1))).toEqual(['validation_recall_at_1', String(recall)])
  expect(new TextDecoder('latin1').decode(tensorBoardEvents(run))).toContain('epoch/validation_recall_at_1')
  const page = reportHtml(run)
  for (const text of [`<dt>recall@1</dt><dd>${(recall * 100).toFixed(1)}`, '<th>recall@1</th>', 'recall@1, epoch 1: '])
    expect(page).toContain(text)
})

test('the head alone trains an embedding of its own, on features that are computed once', async () => {
  const model = network()
  freeze(model, /conv|bn/)
  const before = model.get('fc.1.weight')
  const run = start(model, { loss: { type: 'triplet' }, epochs: 8, cacheFeatures: true })
  const { validation: last } = await run
  expect(run.record.settings.featureViews).toBe(1)
  expect(model.get('fc.1.weight').data).not.toEqual(before.data)
  expect(last!.recallAt).toEqual(await recallOf(model, validation))
})

test('recall needs a loss that compares images', async () => {
  const refused = await failure(
    Promise.resolve().then(() => start(network(), { metric: 'recall' })) as Promise<unknown>,
  )
  expect(refused.facts).toMatchObject({ option: 'fineTune: metric', received: 'recall' })
})

/** Embeddings by their angles in degrees, of any length. */
const at = (...degrees: number[]) =>
  float32(
    degrees.flatMap((degree, i) => [i + 1, i + 1].map((length, axis) => length * Math.cos(rad(degree - 90 * axis)))),
    [degrees.length, 2],
  )
const rad = (degrees: number): number => (degrees * Math.PI) / 180

test('recall@k counts images with another of their class among the k nearest', async () => {
  const retrieval = new Retrieval()
  // The image at 45 degrees has no other of its class, but it is nearer to those at 40 and 60 than these to each other.
  retrieval.add(at(0, 10, 40), int64([0, 0, 1]))
  retrieval.add(at(60, 45, 190), int64([1, 2, 0]))
  expect(await retrieval.result()).toEqual({ 1: 2 / 5, 2: 4 / 5, 4: 1, 8: 1 })
  const alone = new Retrieval()
  alone.add(at(0, 10), int64([0, 1]))
  expect(await alone.result()).toBeUndefined()
})

test('a network that maps all images to one vector finds nothing', async () => {
  const retrieval = new Retrieval()
  retrieval.add(at(30, 30, 30, 30), int64([0, 1, 0, 1]))
  expect(await retrieval.result()).toMatchObject({ 1: 0, 2: 0, 4: 1 })
})

test('of many images evenly spaced ones are compared with all', async () => {
  const retrieval = new Retrieval(6 * 3 * 2)
  // Images 0, 2 and 4 ask: only the first finds its class.
  retrieval.add(at(0, 90, 180, 270, 185, 1), int64([0, 1, 2, 2, 1, 0]))
  expect(await retrieval.result()).toMatchObject({ 1: 1 / 3 })
})

test('maps are averaged', async () => {
  const retrieval = new Retrieval()
  const maps = float32([2, 0, 0, 0, 0, 0, 2, 2, 8, 0, 1, 1], [3, 2, 2, 1])
  retrieval.add(maps, int64([0, 1, 0]))
  expect(await retrieval.result()).toMatchObject({ 1: 1 })
})

test('of two epochs of one recall the one with the lower loss is better, whatever their accuracy', () => {
  const epochs = [
    { recall: 0.5, accuracy: 0.9, loss: 1 },
    { recall: 0.7, accuracy: 0.5, loss: 2 },
    { recall: 0.7, accuracy: 0.4, loss: 1.5 },
    { recall: 0.6, accuracy: 1, loss: 0.1 },
  ]
  const best = new BestEpoch({ keep: 'last', metric: 'recall', patience: undefined })
  const considered = epochs.map(({ recall, ...measured }, i) => {
    const evaluation = { ...measured, recallAt: { 1: recall }, examples: 4, confusion: [] }
    return best.consider({ epoch: i + 1, validation: evaluation } as unknown as EpochMetrics, network())
  })
  expect(considered).toEqual([true, true, true, false])
  expect(best.best).toMatchObject({ epoch: 3, recall: 0.7 })
})
