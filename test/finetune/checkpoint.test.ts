import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { adamW } from '../../src/optim/adam.js'
import { cosineSchedule } from '../../src/optim/schedules.js'
import { directoryOf } from '../data/support.js'
import { thorough } from '../support/thorough.js'
import { failure, images, outcome, rejection, smallModel } from './support/smallRun.js'

const train = await images(22, 0)
const validation = await images(10, 1)

const optionsFor = (model: Model, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  train,
  validation,
  epochs: 2,
  batchSize: 8,
  optimizer: adamW(paramGroups(model, { lr: 0.002, headLrMultiplier: 3 })),
  schedule: ({ steps }) => cosineSchedule({ steps }),
  workers: 0,
  threads: 1,
  seed: 5,
  ...more,
})

const noSetup = (_: Model): void => undefined
async function begin(more: Partial<FineTuneOptions>, setup = noSetup) {
  const model = await smallModel()
  setup(model)
  return { model, run: fineTune(model, optionsFor(model, more)) }
}

/** Runs until `isEnd` says so, by a signal or by leaving the loop. */
async function interrupt(more: Partial<FineTuneOptions>, isEnd: (event: FineTuneEvent) => boolean, setup = noSetup) {
  const controller = new AbortController()
  const { run } = await begin({ ...more, signal: controller.signal }, setup)
  const end = await rejection(
    (async () => {
      for await (const event of run) if (isEnd(event)) controller.abort()
    })(),
  )
  expect(end).toBe(controller.signal.reason)
}

async function goOn(more: Partial<FineTuneOptions>, setup = noSetup) {
  const { model, run } = await begin({ ...more, resume: 'auto' }, setup)
  const events: FineTuneEvent[] = []
  for await (const event of run) events.push(event)
  return { model, run, events }
}

describe('a run that goes on from a checkpoint ends as one that was never stopped, to the byte', () => {
  const isStep = (epoch: number, step: number) => (event: FineTuneEvent) =>
    event.type === 'step' && event.epoch === epoch && event.step === step
  const heads = (model: Model) => void freeze(model, { upTo: 'layer4' })

  const others = [
    ['in the middle of an epoch', {}, isStep(1, 2), noSetup],
    ['in the middle of a validation', {}, (event: FineTuneEvent) => event.type === 'validationStep', noSetup],
    ['at the end of an epoch', {}, (event: FineTuneEvent) => event.type === 'epoch', noSetup],
    ['on images that are drawn', { sampling: 'balanced' }, isStep(2, 2), noSetup],
  ] as const

  test.each([
    ...(thorough ? others : []),
    ['after the last step of an epoch', {}, isStep(1, 3), noSetup],
    ['within accumulated batches', { accumulate: 2, batchSize: 4 }, isStep(1, 3), noSetup],
    ['on cached features', { cacheFeatures: { views: 2 } }, isStep(2, 1), heads],
    ['with branches dropped', { stochasticDepth: 0.5 }, isStep(1, 3), noSetup],
    ['on drawn features', { cacheFeatures: true, sampling: train.samples.map((_, i) => i) }, isStep(2, 1), heads],
  ] as const)('stopped %s', async (_, more, isEnd, setup) => {
    const undisturbed = await begin(more, setup)
    await undisturbed.run
    const checkpoint = { directory: join(await directoryOf({}), 'run') }
    await interrupt({ ...more, checkpoint }, isEnd, setup)
    const { model, run, events } = await goOn({ ...more, checkpoint }, setup)
    expect(outcome(model, run)).toEqual(outcome(undisturbed.model, undisturbed.run))
    expect(events[0]).toMatchObject({ type: 'resumed', differences: [], broken: [] })
    expect(events.filter(({ type }) => type === 'step').length).toBeLessThan(run.record.steps.length)
  })

  test('a run that was done has nothing left to do', async () => {
    const checkpoint = { directory: join(await directoryOf({}), 'run') }
    const done = await begin({ checkpoint, epochs: 1 })
    await done.run
    const again = await goOn({ checkpoint, epochs: 1 })
    expect(again.events.map(({ type }) => type)).toEqual(['resumed', 'done'])
    expect(outcome(again.model, again.run)).toEqual(outcome(done.model, done.run))
  })

  test('stopped again and again, with images that cannot be read', async () => {
    const broken = { ...train, read: async (i: number) => (i % 7 === 3 ? Uint8Array.of(1) : train.read!(i)) }
    const more = { train: broken, onError: 'skip' as const, epochs: 1 }
    const undisturbed = await begin(more)
    await undisturbed.run
    const checkpoint = { directory: join(await directoryOf({}), 'run'), everySteps: 1 }
    for (const step of [1, 2, 3])
      await interrupt({ ...more, checkpoint, ...(step > 1 && { resume: 'auto' as const }) }, isStep(1, step))
    const { model, run } = await goOn({ ...more, checkpoint })
    expect(run.record.epochs[0]!.skipped.map(({ index }) => index)).toEqual([3, 10, 17])
    expect(outcome(model, run)).toEqual(outcome(undisturbed.model, undisturbed.run))
  })
})

describe('checkpoints', () => {
  test('the newest stay, each whole, and nothing that a killed process had begun; a loop that is left writes one', async () => {
    const directory = join(await directoryOf({ 'run/step-00000009.safetensors.host.1.a.part': 'begun' }), 'run')
    const { run } = await begin({ checkpoint: { directory, everySteps: 1, keep: 3 } })
    for await (const event of run) if (event.type === 'step' && event.epoch === 2) break
    expect((await readdir(directory)).sort()).toEqual([2, 3, 4].map((n) => `step-0000000${n}.safetensors`))
  })

  test('a broken one is passed over for the one before, and named', async () => {
    const directory = join(await directoryOf({}), 'run')
    const checkpoint = { directory, everySteps: 1, keep: 9 }
    await interrupt({ checkpoint }, (event) => event.type === 'step' && event.step === 3)
    const [first, second, third] = (await readdir(directory)).sort().map((name) => join(directory, name))
    await truncate(third!, 1000)
    const bytes = await readFile(second!)
    bytes[bytes.length - 5]! ^= 1
    await writeFile(second!, bytes)
    const { events } = await goOn({ checkpoint, epochs: 2 })
    expect(events[0]).toMatchObject({
      type: 'resumed',
      file: first,
      step: 1,
      broken: [{ file: third }, { file: second, problem: 'its SHA-256 is another' }],
    })
    await Promise.all([first, second, third].map((file) => truncate(file!, 10)))
    for (const name of (await readdir(directory)).sort().slice(3)) await rm(join(directory, name))
    const { run } = await begin({ checkpoint, resume: 'auto' })
    expect(await failure(run)).toMatchObject({ code: 'train/no-checkpoint', facts: { file: third } })
  })

  test('another run is told from this one, with what differs', async () => {
    const directory = join(await directoryOf({}), 'run')
    await interrupt({ checkpoint: { directory } }, ({ type }) => type === 'step')
    const { model, run } = await begin({ resume: directory, batchSize: 4, seed: 6, train: await images(30, 0) })
    const before = saveWeights(model)
    expect(await failure(run)).toMatchObject({
      code: 'train/checkpoint-differs',
      facts: {
        differences: expect.arrayContaining(['train.samples: 22, now 30', 'batchSize: 8, now 4', 'seed: 5, now 6']),
      },
    })
    expect(saveWeights(model)).toEqual(before)
    const drawn = await begin({ resume: directory, sampling: train.samples.map(() => 1) })
    expect((await failure(drawn.run)).message).toMatch(/sampling: none, now "weights"; weights: none, now "[0-9a-f]+/)
    const frozen = await begin({ resume: directory }, (network) => void freeze(network, 'conv1.weight'))
    expect((await failure(frozen.run)).message).toContain('model.frozen: [], now ["conv1.weight"]')
  })

  test('a run does not begin where another one has left its own', async () => {
    const checkpoint = { directory: join(await directoryOf({}), 'run') }
    await interrupt({ checkpoint }, ({ type }) => type === 'step')
    const names = await readdir(checkpoint.directory)
    const { run } = await begin({ checkpoint })
    expect(await failure(run)).toMatchObject({ code: 'train/checkpoints-there', facts: checkpoint })
    expect(await readdir(checkpoint.directory)).toEqual(names)
  })

  test('where the first cannot be written the run ends and says so; the weights are in the model', async () => {
    const directory = join(await directoryOf({}), 'run')
    const { model, run } = await begin({ checkpoint: { directory, everySteps: 2 } })
    const [before] = [model.get('conv1.weight')]
    const seen: string[] = []
    const end = failure(
      (async () => {
        for await (const { type } of run)
          if (seen.push(type) === 1) {
            await rm(directory, { recursive: true })
            await writeFile(directory, 'no directory')
          }
      })(),
    )
    expect(await end).toMatchObject({
      code: 'train/checkpoint-not-kept',
      facts: { problem: expect.stringMatching(/EEXIST|ENOTDIR/) },
    })
    expect(seen).toEqual(['step', 'step'])
    expect(model.get('conv1.weight')).not.toEqual(before)
    // The next run is told before any work.
    expect(await failure((await begin({ checkpoint: { directory } })).run)).toMatchObject({
      code: 'train/checkpoint-not-kept',
      facts: { file: directory },
    })
  })

  test('options are checked before any work', async () => {
    const model = await smallModel()
    for (const more of [
      { resume: 'auto' as const },
      { checkpoint: { directory: '' } },
      { checkpoint: { directory: 'x', everySteps: 0 } },
      { checkpoint: { directory: 'x', keep: 0 } },
    ])
      expect(() => fineTune(model, optionsFor(model, more))).toThrow(/must be/)
    const { run } = await begin({ resume: 'nowhere' })
    expect((await failure(run)).code).toBe('train/no-checkpoint')
  })
})
