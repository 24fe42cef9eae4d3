import { Jimp } from 'jimp'
import { expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { freeze } from '../../src/model/freeze.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { sgd } from '../../src/optim/sgd.js'

const classes = ['dark', 'light']

async function images(count: number): Promise<ImageDataset> {
  const samples = Array.from({ length: count }, (_, i) => ({ source: `image ${i}`, label: i % 2 }))
  const bytes = await Promise.all(
    samples.map(({ label }, i) =>
      new Jimp({ width: 32, height: 32, color: ((label * 200 + i) * 0x1010100 + 255) >>> 0 }).getBuffer('image/png'),
    ),
  )
  return { classes, samples, read: async (index) => bytes[index]!.slice() }
}

const [train, validation] = await Promise.all([images(6), images(5)])

/** Not the run itself: an async function would await it. */
async function start(more: Partial<FineTuneOptions> = {}) {
  const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 32, width: 4 })
  const model = replaceHead(backbone, { classes })
  freeze(model, /^conv1/)
  const optimizer = sgd(paramGroups(model, { lr: 0.01, momentum: 0.9 }))
  const run = fineTune(model, {
    train,
    validation,
    epochs: 2,
    batchSize: 4,
    optimizer,
    workers: 0,
    threads: 1,
    seed: 3,
    ...more,
  })
  return { run }
}

test('a run keeps what it was told and what it has done', async () => {
  const { run } = await start()
  expect(run.record).toMatchObject({ status: 'waiting', seconds: 0, steps: [], epochs: [], predictions: [] })
  const result = await run
  const { record } = run

  expect(record.status).toBe('done')
  expect(record.steps.map(({ epoch, step, examples }) => [epoch, step, examples])).toEqual([
    [1, 1, 4],
    [1, 2, 2],
    [2, 1, 4],
    [2, 2, 2],
  ])
  expect(record.epochs.map(({ steps }) => steps)).toEqual([2, 4])
  expect(record.epochs.map(({ time, steps, ...epoch }) => epoch)).toEqual(result.epochs)
  expect(record.train).toEqual({ samples: 6, perClass: [3, 3] })
  expect(record.validation).toEqual({ samples: 5, perClass: [3, 2] })
  expect(record.model.parameters - record.model.trainable).toBe(4 * 3 * 49)
  expect(record.settings).toMatchObject({ epochs: 2, batchSize: 4, seed: 3, optimizer: 'sgd', schedule: false })
  expect(record.settings.groups.reduce((sum, { size }) => sum + size, 0)).toBe(record.model.trainable)
  expect(record.settings.trainTransform.map(({ name }) => name)).toContain('randomResizedCrop')
  expect(run.datasets.validation).toBe(validation)
  expect(JSON.parse(JSON.stringify(record))).toEqual(record)

  // Its predictions are those that the confusion matrix counts.
  const { confusion, accuracy } = result.validation!
  const { predictions } = record
  expect(predictions.map(({ index, source, label }) => [index, source, label])).toEqual(
    validation.samples.map(({ source, label }, index) => [index, source, label]),
  )
  const counted = classes.map((_, label) =>
    classes.map((_, at) => predictions.filter((p) => p.label === label && p.predicted === at).length),
  )
  expect(counted).toEqual(confusion)
  expect(predictions.filter(({ label, predicted }) => label === predicted).length / 5).toBe(accuracy)
  for (const { label, predicted, score, labelScore } of predictions) {
    expect(score).toBeGreaterThanOrEqual(0.5)
    expect(labelScore).toBeCloseTo(label === predicted ? score : 1 - score, 5)
  }
})

test('a run that is left, aborted or fails says so', async () => {
  const { run: left } = await start()
  for await (const event of left) if (event.type === 'step') break
  expect(left.record).toMatchObject({ status: 'stopped', epochs: [], predictions: [] })
  expect(left.record.steps).toHaveLength(1)
  expect(left.record.error).toBeUndefined()

  const aborter = new AbortController()
  const { run: aborted } = await start({ signal: aborter.signal })
  aborter.abort(new Error('enough'))
  await expect(aborted).rejects.toBe(aborter.signal.reason)
  expect(aborted.record).toMatchObject({ status: 'stopped', error: { code: 'aborted', message: 'enough' } })

  const unreadable: ImageDataset = { ...train, read: async () => new Uint8Array(9) }
  const { run: failed } = await start({ train: unreadable })
  await expect(failed).rejects.toMatchObject({ code: 'data/unreadable' })
  expect(failed.record).toMatchObject({ status: 'failed', error: { code: 'data/unreadable' } })
})
