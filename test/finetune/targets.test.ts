import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import { testViews } from '../../src/finetune/options/defaultTransforms.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf } from '../data/support.js'
import { expectAllClose } from '../support/compare.js'
import { addingTransform, failure, images, rejection, smallModel, tensorsOf } from './support/smallRun.js'

const all = await images(22, 0)
/** More blue ones than red ones. */
const train = { ...all, samples: all.samples.map((sample, i) => ({ ...sample, label: i % 4 === 1 ? 1 : 0 })) }
const same = addingTransform(() => 0)

async function begin(more: Partial<FineTuneOptions>, lr = 0.01) {
  const model = await smallModel()
  // In inference mode batch normalization does not depend on the batch.
  freeze(model, /bn|downsample\.1/)
  const transforms = { trainTransform: same, validationTransform: same }
  const options = { train, epochs: 1, batchSize: 22, workers: 0, threads: 1, seed: 5, ...transforms, ...more }
  return { model, run: fineTune(model, { ...options, optimizer: sgd(paramGroups(model, { lr })) }) }
}

/** The probability of each image's label, and what the first step made of the loss. */
async function measured(loss: FineTuneOptions['loss']) {
  const { run } = await begin({ loss, validation: train, cacheFeatures: false }, 0)
  const { validation } = await run
  const { steps, predictions } = run.record
  return { loss: steps[0]!.loss, plain: validation!.loss, predictions }
}

describe('the loss of a run', () => {
  const count = { blue: train.samples.filter(({ label }) => label === 0).length, red: 0 }
  count.red = train.samples.length - count.blue
  const balanced = [train.samples.length / (2 * count.blue), train.samples.length / (2 * count.red)]

  test.each<[string, NonNullable<FineTuneOptions['loss']>, { smoothing?: number; weights?: number[] }]>([
    ['plain', { type: 'crossEntropy' }, {}],
    ['smoothed', { type: 'crossEntropy', labelSmoothing: 0.2 }, { smoothing: 0.2 }],
    ['weighted', { type: 'crossEntropy', classWeights: [0.5, 3] }, { weights: [0.5, 3] }],
    ['weighted by name', { type: 'crossEntropy', classWeights: { red: 3 } }, { weights: [1, 3] }],
    ['balanced', { type: 'crossEntropy', classWeights: 'balanced' }, { weights: balanced }],
    [
      'weighted and smoothed',
      { type: 'crossEntropy', classWeights: { red: 3 }, labelSmoothing: 0.2 },
      { weights: [1, 3], smoothing: 0.2 },
    ],
  ])('is %s, and validation measures plain cross-entropy', async (_, loss, { smoothing = 0, weights = [1, 1] }) => {
    const result = await measured(loss)
    let [sum, weight, plain] = [0, 0, 0]
    for (const { label, labelScore } of result.predictions) {
      const scores = label === 0 ? [labelScore, 1 - labelScore] : [1 - labelScore, labelScore]
      scores.forEach((score, i) => {
        const target = (i === label ? 1 - smoothing : 0) + smoothing / 2
        sum -= weights[i]! * target * Math.log(score)
      })
      weight += weights[label]!
      plain -= Math.log(labelScore)
    }
    expect(result.loss).toBeCloseTo(sum / weight, 4)
    expect(result.plain).toBeCloseTo(plain / result.predictions.length, 4)
  })

  test('with class weights, accumulated batches equal the large one', async () => {
    const loss = { type: 'crossEntropy', classWeights: { red: 5 }, labelSmoothing: 0.1 } as const
    const [large, small] = [await begin({ loss }), await begin({ loss, batchSize: 4, accumulate: 6 })]
    await Promise.all([large.run, small.run])
    expectAllClose(tensorsOf(small.model), tensorsOf(large.model), 1e-5)
    const losses = [large, small].map(({ run }) => run.record.steps.reduce((sum, { loss }) => sum + loss, 0))
    expect(losses[1]).not.toBe(losses[0])
    expect(large.run.record.settings).toMatchObject({ labelSmoothing: 0.1, classWeights: [1, 5] })
  })
})

describe('mixed images', () => {
  const mixed = { mixup: { alpha: 1 }, cutmix: {}, batchSize: 4, epochs: 2, validation: train }

  test('train, and a run that goes on from a checkpoint ends as one that was never stopped, to the byte', async () => {
    const undisturbed = await begin(mixed)
    await undisturbed.run
    const checkpoint = { directory: join(await directoryOf({}), 'run') }
    const controller = new AbortController()
    const stopped = await begin({ ...mixed, checkpoint, signal: controller.signal })
    const follow = async () => {
      for await (const event of stopped.run) if (event.type === 'step' && event.step === 3) controller.abort()
    }
    expect(await rejection(follow())).toBe(controller.signal.reason)
    const resumed = await begin({ ...mixed, checkpoint, resume: 'auto' })
    const events: FineTuneEvent[] = []
    for await (const event of resumed.run) events.push(event)
    expect(events[0]).toMatchObject({ type: 'resumed', differences: [], broken: [] })
    expect(tensorsOf(resumed.model)).toEqual(tensorsOf(undisturbed.model))
    expect(resumed.run.record.settings).toMatchObject({
      mixup: { alpha: 1, probability: 0.5 },
      cutmix: { alpha: 1, probability: 0.5 },
    })
  })

  test('that keep all of an image change nothing', async () => {
    const [plain, none] = [
      await begin({ batchSize: 4 }),
      await begin({ batchSize: 4, mixup: { probability: 0 }, cutmix: { probability: 0 } }),
    ]
    await Promise.all([plain.run, none.run])
    expectAllClose(tensorsOf(none.model), tensorsOf(plain.model), 1e-5)
    expect(none.run.record.steps.map(({ accuracy }) => accuracy)).toEqual(
      plain.run.record.steps.map(({ accuracy }) => accuracy),
    )
  })
})

describe('options that do not fit are refused', () => {
  const mixup = {}
  test.each<[string, Partial<FineTuneOptions>, string]>([
    ['weights of other classes', { loss: { type: 'crossEntropy', classWeights: { green: 1 } } }, 'loss.classWeights'],
    ['a weight too many', { loss: { type: 'crossEntropy', classWeights: [1, 2, 3] } }, 'loss.classWeights'],
    ['cached features of mixed images', { mixup, cacheFeatures: true }, 'cacheFeatures'],
    ['more batches than there are', { mixup: { probability: 0.6 }, cutmix: {} }, 'probability'],
  ])('%s', async (_, more, option) => {
    const error = await failure(begin(more).then(({ run }) => run))
    expect(error).toMatchObject({ code: 'options/invalid' })
    expect(error.message).toContain(option)
  })

  test('features are not cached by themselves where images are mixed', async () => {
    const model = await smallModel()
    freeze(model, { upTo: 'layer4' })
    const [optimizer, trainTransform] = [sgd(paramGroups(model, { lr: 0.1 })), testViews(model.preprocessing)]
    const of = (more: Partial<FineTuneOptions>) =>
      fineTune(model, { train, trainTransform, optimizer, workers: 0, ...more }).record.settings
    expect(of({}).featureViews).toBe(1)
    expect(of({ mixup })).not.toHaveProperty('featureViews')
  })
})
