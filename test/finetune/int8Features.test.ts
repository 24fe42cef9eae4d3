import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planEpoch } from '../../src/data/loader/batch.js'
import { evaluate } from '../../src/evaluation/evaluate.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { testViews } from '../../src/finetune/options/defaultTransforms.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { FeaturePrecisionEvent, FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { thorough } from '../support/thorough.js'
import { failure, images, smallModel } from './support/smallRun.js'

const train = await images(21, 0)
const validation = await images(10, 1)
const INT8 = { precision: 'int8' } as const

async function frozenModel(): Promise<Model> {
  const model = await smallModel()
  freeze(model, { upTo: 'layer4' })
  return model
}

function optionsFor(model: Model, more: Partial<FineTuneOptions>): FineTuneOptions {
  const optimizer = sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2, momentum: 0.9 }))
  const trainTransform = testViews(model.preprocessing)
  return { train, validation, epochs: 2, batchSize: 8, optimizer, trainTransform, workers: 0, threads: 1, ...more }
}

async function run(model: Model, more: Partial<FineTuneOptions>) {
  const told = fineTune(model, optionsFor(model, more))
  const events: FineTuneEvent[] = []
  for await (const event of told) events.push(event)
  return { events, record: told.record, ...(await told) }
}

const precisionsOf = (events: readonly FineTuneEvent[]): FeaturePrecisionEvent[] =>
  events.filter((event) => event.type === 'featurePrecision')

/** The data sets whose images went through frozen layers. */
const computedIn = (events: readonly FineTuneEvent[]) => [
  ...new Set(events.flatMap((event) => (event.type === 'featureStep' ? event.dataset : []))),
]

/** Returns the features in some files of a directory, by the number of images. */
async function featuresIn(directory: string, files: readonly string[]) {
  const tables = await Promise.all(
    files.map(async (name) => [...readSafetensors(await readFile(join(directory, name))).tensors.values()][0]!),
  )
  return new Map(tables.map(({ dims, data }) => [dims[0]!, data as Float32Array]))
}

/** The root of the mean square of differences, divided by that of `expected`, over some rows of 64 features. */
function errorOf(values: Float32Array, expected: Float32Array, rows: readonly number[]): number {
  let [difference, norm] = [0, 0]
  for (const row of rows)
    for (let i = 64 * row; i < 64 * (row + 1); i++) {
      difference += (values[i]! - expected[i]!) ** 2
      norm += expected[i]! ** 2
    }
  return Math.sqrt(difference / norm)
}

describe('features in int8', () => {
  // One after the other, of the same network: the second finds the features of validation, and must not take the others.
  const more = { epochs: 8 }
  let home = ''
  let directory = ''
  let checkpoint = { directory }
  let inFloat32: Awaited<ReturnType<typeof run>>
  let inInt8: Awaited<ReturnType<typeof run>>
  let float32Files: readonly string[]
  let model: Model
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'int8-features-'))
    directory = join(home, 'features')
    checkpoint = { directory: join(home, 'checkpoint') }
    inFloat32 = await run(await frozenModel(), { ...more, cacheFeatures: { directory } })
    float32Files = await readdir(directory)
    model = await frozenModel()
    inInt8 = await run(model, { ...more, checkpoint, cacheFeatures: { ...INT8, directory } })
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  test('are near those in float32, as far as is told, and are kept apart from them', async () => {
    // Validation is in float32, and was there.
    expect(computedIn(inInt8.events)).toEqual(['train'])
    const files = await readdir(directory)
    const float32 = await featuresIn(directory, float32Files)
    const int8 = await featuresIn(
      directory,
      files.filter((name) => !float32Files.includes(name)),
    )
    expect([[...float32.keys()].sort(), [...int8.keys()]]).toEqual([[10, 21], [21]])
    const [before, after] = [float32.get(21)!, int8.get(21)!]
    const all = [...train.samples.keys()]
    expect(errorOf(after, before, all)).toBeGreaterThan(1e-4)
    expect(errorOf(after, before, all)).toBeLessThan(0.05)
    const [told, ...others] = precisionsOf(inInt8.events)
    const [, compared] = planEpoch(21, { batchSize: 11, seed: 0, shuffle: true, dropLast: false }, 0)
    expect([told, others]).toMatchObject([{ precision: 'int8', calibrationImages: 11, images: 10 }, []])
    expect(told!.relativeError).toBeCloseTo(errorOf(after, before, [...compared!]), 6)
    expect(told!.cosine).toBeGreaterThan(0.998)
    expect(told!.cosine).toBeLessThan(1)

    const again = await run(await frozenModel(), { epochs: 1, cacheFeatures: { ...INT8, directory } })
    expect([computedIn(again.events), precisionsOf(again.events)]).toEqual([[], []])
  })

  test('train a head as good as those in float32; it is validated as it is exported', async () => {
    expect(inInt8.record.settings).toMatchObject({ featureViews: 1, featurePrecision: 'int8' })
    const [measured, float32] = [inInt8.validation!, inFloat32.validation!]
    expect(measured.loss).not.toBe(float32.loss)
    expect(measured.loss).toBeCloseTo(float32.loss, 1)
    expect(measured.accuracy).toBeGreaterThanOrEqual(0.9)
    const evaluated = await evaluate(model, validation, { workers: 0, threads: 1 })
    expect(measured.loss).toBeCloseTo(evaluated.loss, 5)
  })

  test('are not mixed with those in float32 by a run that is resumed', async () => {
    const resumed = { ...more, checkpoint, resume: 'auto' }
    const error = await failure(run(await frozenModel(), { ...resumed, cacheFeatures: true }))
    expect(error).toMatchObject({
      code: 'train/checkpoint-differs',
      facts: { differences: ['cachedPrecision: "int8", now none'] },
    })
    const same = await run(await frozenModel(), { ...resumed, cacheFeatures: INT8 })
    expect(same.events[0]).toMatchObject({ type: 'resumed' })
  })

  test('of several views and in part: trainable layers behind them, images that cannot be read', async () => {
    const partly = await smallModel()
    freeze(partly, { upTo: 'layer3' })
    const broken = {
      ...train,
      read: async (index: number) => (index < 2 ? Uint8Array.of(1) : train.read!(index)),
    }
    const { events } = await run(partly, {
      train: broken,
      validation: undefined,
      onError: 'skip',
      cacheFeatures: { ...INT8, views: 2 },
      trainTransform: undefined,
    })
    const [told] = precisionsOf(events)
    expect(told!.calibrationImages + told!.images).toBe(19)
    const losses = events.flatMap((event) => (event.type === 'epoch' ? event.trainLoss : []))
    expect(losses[1]).toBeLessThan(losses[0]!)
  })

  test('are only for the processor', async () => {
    for (const executionProviders of [['webgpu', 'cpu'], 'auto'] as const)
      expect(await failure(run(await frozenModel(), { cacheFeatures: INT8, executionProviders }))).toMatchObject({
        code: 'options/invalid',
        facts: { option: 'fineTune: executionProviders' },
      })
  })

  test('that are far from those in float32 are warned of', async () => {
    const far = await frozenModel()
    // One channel takes the range from all others, and nothing reads it.
    far.get('bn1.bias').data[0] = 1e6
    for (const name of ['layer1.0.conv1', 'layer2.0.conv1', 'layer2.0.downsample.0']) {
      const { dims, data } = far.get(`${name}.weight`)
      const [inputs, taps] = [dims[1]!, dims[2]! * dims[3]!]
      for (let i = 0; i < data.length; i++) if (Math.floor(i / taps) % inputs === 0) data[i] = 0
    }
    const { events } = await run(far, { epochs: 1, validation: undefined, cacheFeatures: INT8 })
    const warnings = events.flatMap((event) => (event.type === 'warning' ? event.code : []))
    expect(warnings).toEqual(['train/imprecise-features'])
    expect(precisionsOf(events)[0]!.relativeError).toBeGreaterThan(0.25)
  })

  const notFinite = [Number.NaN, Number.POSITIVE_INFINITY]
  test.each(thorough ? notFinite : notFinite.slice(0, 1))('of layers with %d are an error', async (value) => {
    const damaged = await frozenModel()
    damaged.get('layer1.0.bn1.bias').data[0] = value
    const error = await failure(run(damaged, { epochs: 1, validation: undefined, cacheFeatures: INT8 }))
    expect(error.code).toBe('train/cannot-quantize')
  })
})
