import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { freeze } from '../../src/model/freeze.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf, errorOf } from '../data/support.js'
import { addingTransform, images, smallModel } from './support/smallRun.js'

/** A data set that notes which images are read. */
async function noted(count: number, seed: number) {
  const dataset = await images(count, seed)
  const seen: number[] = []
  const read = async (index: number) => {
    seen.push(index)
    return dataset.read!(index)
  }
  return { dataset: { ...dataset, read }, seen }
}

async function begin(lr: number, more: Partial<FineTuneOptions>) {
  const [model, train, validation] = [await smallModel(), await noted(24, 0), await noted(24, 1)]
  freeze(model, /bn|downsample\.1/)
  const given = { batchSize: 4, workers: 0, threads: 1, seed: 3, cacheBytes: 0, ...more }
  const options = { train: train.dataset, validation: validation.dataset, ...given }
  const run = fineTune(model, { ...options, optimizer: sgd(paramGroups(model, { lr })) })
  return { run, train, validation }
}

test('overfitBatches: the same batches in each epoch, of both classes, and as many of validation', async () => {
  const { run, train, validation } = await begin(0, {
    overfitBatches: 2,
    epochs: 2,
    trainTransform: addingTransform(() => 0),
  })
  await run
  const { steps, settings, train: summary, predictions } = run.record
  expect(steps.map(({ epoch, step }) => [epoch, step])).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
  ])
  // Nothing changes but the images, if they do.
  const [first, second, ...later] = steps.map(({ loss }) => loss)
  expect(later).toEqual([first, second])
  expect(second).not.toBe(first)
  expect(settings.overfitBatches).toBe(2)
  expect(summary.samples).toBe(8)
  expect(Math.min(...summary.perClass)).toBeGreaterThan(0)
  expect(predictions).toHaveLength(8)
  expect(new Set(train.seen).size).toBe(8)
  expect(new Set(validation.seen).size).toBe(8)
})

test('fastDevRun: one epoch of so many batches, without checkpoints', async () => {
  const directory = join(await directoryOf({}), 'run')
  const more = { fastDevRun: true, epochs: 9, patience: 1, checkpoint: { directory }, resume: 'auto' } as const
  const { run, train, validation } = await begin(0.01, more)
  const { epochs, validation: measured } = await run
  expect(epochs).toHaveLength(1)
  expect(run.record.steps).toHaveLength(1)
  expect(measured!.examples).toBe(4)
  expect([train.seen.length, validation.seen.length]).toEqual([4, 4])
  expect(existsSync(directory)).toBe(false)
  expect(run.datasets.train.samples).toHaveLength(4)
})

test('weights of images go with them; options that contradict each other are refused', async () => {
  const sampling = Array.from({ length: 24 }, (_, i) => i + 1)
  const { run } = await begin(0, { fastDevRun: 2, sampling })
  expect(run.datasets.train.samples).toHaveLength(8)
  for (const more of [{ sampling: 'balanced' }, { cluster: 'local', shards: 2 }] as const)
    expect(await errorOf(begin(0, { overfitBatches: 1, ...more }))).toMatchObject({ code: 'options/invalid' })
  expect(await errorOf(begin(0, { fastDevRun: 0 }))).toMatchObject({ facts: { option: 'fineTune: fastDevRun' } })
})
