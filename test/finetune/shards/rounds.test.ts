import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fineTune } from '../../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../../src/finetune/options/options.js'
import type { FineTuneEvent } from '../../../src/finetune/record/events.js'
import { closeIdle } from '../../../src/finetune/shards/shardEngine.js'
import { freeze } from '../../../src/model/freeze.js'
import type { Model } from '../../../src/model/Model.js'
import { paramGroups } from '../../../src/model/paramGroups.js'
import { adamW } from '../../../src/optim/adam.js'
import { cosineSchedule } from '../../../src/optim/schedules.js'
import { sgd } from '../../../src/optim/sgd.js'
import { transformModule } from '../../../src/transforms/transformModule.js'
import { directoryOf } from '../../data/support.js'
import { expectAllClose } from '../../support/compare.js'
import { clusterInProcess, type Fate } from '../support/clusterInProcess.js'
import { imageFiles } from '../support/imageFiles.js'
import { addingTransform, failure, images, outcome, rejection, tensorsOf } from '../support/smallRun.js'
import { tinyModel } from '../support/tinyModel.js'

const directory = await mkdtemp(join(tmpdir(), 'rounds-'))
const [train, validation] = [await imageFiles(directory, 22, 0), await images(6, 1)]
const shared = join(directory, 'shared')

afterAll(async () => {
  await closeIdle()
  await rm(directory, { recursive: true, force: true })
})

/** Options of a run of 3 shards with 11 batches in an epoch: a round of 6, and one of 5. */
const optionsFor = (model: Model, more: Partial<FineTuneOptions>): FineTuneOptions => ({
  train,
  validation,
  epochs: 2,
  batchSize: 2,
  optimizer: adamW(paramGroups(model, { lr: 0.002, headLrMultiplier: 3 })),
  schedule: ({ steps }) => cosineSchedule({ steps }),
  workers: 0,
  threads: 1,
  seed: 5,
  cluster: clusterInProcess(1),
  shards: 3,
  localSteps: 2,
  sharedDirectory: shared,
  ...more,
})

function begin(more: Partial<FineTuneOptions> = {}, setup: (model: Model) => void = () => {}) {
  const model = tinyModel()
  setup(model)
  return { model, run: fineTune(model, optionsFor(model, more)) }
}

async function outcomeOf(more: Partial<FineTuneOptions> = {}) {
  const { model, run } = begin(more)
  await run
  return outcome(model, run)
}

const undisturbed = await outcomeOf()

describe('the result of a run on many workers', () => {
  test('is trained weights, of steps of all shards together', () => {
    expect(undisturbed.steps.map(({ epoch, step, examples }) => [epoch, step, examples])).toEqual([
      ...[1, 2, 3].map((step) => [1, step, 6]),
      [1, 4, 4],
      ...[1, 2, 3].map((step) => [2, step, 6]),
      [2, 4, 4],
    ])
    expect(undisturbed.epochs).toHaveLength(2)
    expect(undisturbed.predictions).toHaveLength(6)
    // Cosine over 8 steps: the schedule counts the steps of all shards together.
    const rates = undisturbed.steps.map(({ learningRates }) => (learningRates as Record<string, number>).backbone)
    const schedule = cosineSchedule({ steps: 8 })
    expect(rates).toEqual(Array.from({ length: 8 }, (_, step) => 0.002 * schedule(step)))
  })

  test('has the same bytes with many workers, and when jobs are carried out twice or lost with their worker', async () => {
    const fates: readonly Fate[] = ['twice', 'done', 'lost']
    const cluster = clusterInProcess(3, (job) => fates[job % 3]!)
    expect(await outcomeOf({ cluster })).toEqual(undisturbed)
  })

  test('leaves no files in the shared directory', async () => {
    expect(await readdir(shared)).toEqual([])
  })

  test('depends on the number of local steps', async () => {
    expect((await outcomeOf({ localSteps: 1 })).weights).not.toBe(undisturbed.weights)
  })
})

describe('one local step with plain SGD', () => {
  const plain = (model: Model): Partial<FineTuneOptions> => ({ optimizer: sgd(paramGroups(model, { lr: 0.05 })) })

  test('is a step on the averaged gradient: a run whose batches are as large as those of all shards', async () => {
    const setup = (model: Model) => void freeze(model, /bn/)
    const models = [tinyModel(), tinyModel()] as const
    models.forEach(setup)
    const before = tensorsOf(models[0])
    await fineTune(models[0], optionsFor(models[0], { ...plain(models[0]), localSteps: 1 }))
    const alone = { cluster: undefined, shards: undefined, localSteps: undefined, sharedDirectory: undefined }
    await fineTune(models[1], optionsFor(models[1], { ...plain(models[1]), ...alone, batchSize: 6 }))
    expectAllClose(tensorsOf(models[0]), tensorsOf(models[1]), 2e-5)
    // They have moved further than that.
    expect(() => expectAllClose(tensorsOf(models[0]), before, 1e-3)).toThrow()
  })
})

describe('a run on many workers that was stopped', () => {
  const isStep = (epoch: number, step: number) => (event: FineTuneEvent) =>
    event.type === 'step' && event.epoch === epoch && event.step === step

  test.each([
    ['within an epoch', isStep(2, 1)],
    ['while a round is reported', isStep(1, 1)],
  ])('%s goes on from its checkpoint to the same bytes', async (_, isEnd) => {
    const checkpoint = { directory: await directoryOf({}), everySteps: 3 }
    const controller = new AbortController()
    const { run } = begin({ checkpoint, signal: controller.signal })
    const end = await rejection(
      (async () => {
        for await (const event of run) if (isEnd(event)) controller.abort()
      })(),
    )
    expect(end).toBe(controller.signal.reason)
    const again = begin({ checkpoint, resume: 'auto' })
    await again.run
    expect(outcome(again.model, again.run)).toEqual(undisturbed)
  })

  test('is not continued with other shards', async () => {
    const checkpoint = { directory: await directoryOf({}) }
    await begin({ checkpoint, epochs: 1 }).run
    const error = await failure(begin({ checkpoint, epochs: 1, shards: 2, resume: 'auto' }).run)
    expect(error.code).toBe('train/checkpoint-differs')
    expect(error.message).toContain('shards: 3, now 2')
  })
})

describe('a round in which a step is not finite', () => {
  const steep = (model: Model): Partial<FineTuneOptions> => ({
    optimizer: sgd(paramGroups(model, { lr: 1e30 })),
    schedule: undefined,
    epochs: 1,
    validation: undefined,
  })

  test('ends the run, and the model has the weights before it', async () => {
    const model = tinyModel()
    const before = tensorsOf(model)
    const error = await failure(fineTune(model, optionsFor(model, steep(model))))
    expect(error.code).toBe('train/diverged')
    expect(tensorsOf(model)).toEqual(before)
  })

  test('is undone, and the run continues with smaller rates', async () => {
    const model = tinyModel()
    const onDiverged = { factor: 1e-33, times: 1 }
    const events: FineTuneEvent[] = []
    for await (const event of fineTune(model, optionsFor(model, { ...steep(model), onDiverged }))) events.push(event)
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'train/diverged' }])
    // The first round is undone, the second one is of two steps.
    const steps = events.filter(({ type }) => type === 'step')
    expect(steps.map((event) => (event as { step: number }).step)).toEqual([3, 4])
  })
})

describe('images that cannot be read', () => {
  const withBroken = async () => {
    const broken = join(directory, 'broken.png')
    await writeFile(broken, 'no image')
    const samples = train.samples.map((sample, i) => (i % 5 === 0 ? { ...sample, source: broken } : sample))
    return { ...train, samples }
  }

  test('are left out and listed, whichever worker met them', async () => {
    const options = { train: await withBroken(), onError: 'skip', epochs: 1 } as const
    const one = await outcomeOf({ ...options, cluster: clusterInProcess(2) })
    expect(one.epochs[0]!.skipped).toMatchObject([0, 5, 10, 15, 20].map((index) => ({ index })))
  })
})

describe('options', () => {
  test('of all kinds reach the workers', async () => {
    const more: Partial<FineTuneOptions> = {
      ...{ mixup: {}, loss: { type: 'crossEntropy', labelSmoothing: 0.1 }, clipGradients: { norm: 1 } },
      ...{ sampling: 'balanced', transport: 'float16' },
    }
    const { weights, steps } = await outcomeOf(more)
    expect(weights).not.toBe(undisturbed.weights)
    expect(steps[0]!.loss).not.toBe(undisturbed.steps[0]!.loss)
  })

  test.each<[string, Partial<FineTuneOptions>, string]>([
    ['shards', { cluster: undefined }, 'left out, without a cluster'],
    ['localSteps', { cluster: undefined, shards: undefined }, 'left out, without a cluster'],
    ['shards', { shards: undefined }, 'a number, with a cluster'],
    ['sharedDirectory', { sharedDirectory: undefined }, 'a directory that all workers of the cluster share'],
    ['accumulate', { accumulate: 2 }, '1, with a cluster'],
    ['ema', { ema: {} }, 'left out, with a cluster'],
    ['cacheFeatures', { cacheFeatures: true }, 'left out or false'],
    ['train', { train: validation }, 'without read()'],
    ['trainTransform', { trainTransform: addingTransform(() => 1) }, 'built-in transforms'],
    ['trainTransform', { trainTransform: transformModule('file:///noise.js') }, 'built-in transforms'],
    ['cluster', { cluster: 'somewhere' as never }, 'localCluster'],
  ])('%s is refused where it cannot be honoured', (option, more, expected) => {
    const model = tinyModel()
    expect(() => fineTune(model, optionsFor(model, more))).toThrow(
      expect.objectContaining({
        code: 'options/invalid',
        message: expect.stringMatching(new RegExp(`${option}.*${expected.replaceAll(/[().]/g, '\\$&')}`)),
      }),
    )
  })
})
