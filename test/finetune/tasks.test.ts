import { describe, expect, test } from 'vitest'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { evaluateLabels } from '../../src/evaluation/evaluateLabels.js'
import { evaluateValues } from '../../src/evaluation/evaluateValues.js'
import { bestThresholds } from '../../src/evaluation/metrics/labelMetrics.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { adamW } from '../../src/optim/adam.js'
import { sgd } from '../../src/optim/sgd.js'
import { fineTune as fineTuneBy } from '../../src/recipe/fineTune.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { expectAllClose } from '../support/compare.js'
import { labelledImages, measuredImages, modelFor } from './support/colours.js'
import { failure, images, smallModel, tensorsOf } from './support/smallRun.js'

/** One that an exported file can express. */
const same = compose([resize(48), centerCrop(48), toTensor()])
const settings = { workers: 0, threads: 1, seed: 3, trainTransform: same, validationTransform: same }
type Settings = Partial<FineTuneOptions> & Pick<FineTuneOptions, 'train'>
const optimizerOf = (model: Model, lr = 0.01) => sgd(paramGroups(model, { lr }))
const start = (model: Model, options: Settings, lr?: number) =>
  fineTune(model, { ...settings, epochs: 1, batchSize: 12, ...options, optimizer: optimizerOf(model, lr) })

/** The targets and the outputs of an untrained model, one pair for each image and output. */
async function pairs(task: 'multiLabel' | 'regression') {
  const model = await modelFor(task)
  const train = task === 'multiLabel' ? labelledImages(12, 1) : measuredImages(12, 1)
  const run = start(model, { train, validation: train }, 0)
  await run
  const measured =
    task === 'multiLabel'
      ? await evaluateLabels(model, train, { workers: 0 }).then(({ probabilities, targets }) => {
          const logits = [...probabilities.data].map((p) => Math.log(p / (1 - p)))
          return logits.map((logit, i) => [targets.data[i]!, logit] as const)
        })
      : await evaluateValues(model, train, { workers: 0 }).then(({ predictions, targets }) =>
          [...predictions.data].map((value, i) => [targets.data[i]!, value] as const),
        )
  return { model, train, record: run.record, measured }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const entropy = (z: number, x: number, weight = 1) =>
  weight * z * Math.log1p(Math.exp(-x)) + (1 - z) * Math.log1p(Math.exp(x))

describe('several labels an image', () => {
  test('the loss is that of the labels and the logits; weighted and focal ones too; validation measures the plain one', async () => {
    const { model, train, record, measured } = await pairs('multiLabel')
    const plain = mean(measured.map(([z, x]) => entropy(z, x)))
    expect(record.steps[0]!.loss).toBeCloseTo(plain, 4)
    expect(record.epochs[0]!.validation!.loss).toBeCloseTo(plain, 4)
    const counts = train.classes.map((_, label) => train.samples.filter(({ labels }) => labels!.includes(label)).length)
    const weights = counts.map((count) => (train.samples.length - count) / count)
    const balanced = start(model, { train, loss: { type: 'binaryCrossEntropy', positiveWeights: 'balanced' } }, 0)
    await balanced
    expect(balanced.record.steps[0]!.loss).toBeCloseTo(
      mean(measured.map(([z, x], i) => entropy(z, x, weights[i % 3]))),
      4,
    )
    const focal = start(model, { train, validation: train, loss: { type: 'focal', alpha: 0.25 } }, 0)
    await focal
    const focused = measured.map(([z, x]) => {
      const p = 1 / (1 + Math.exp(-x))
      return (z ? 0.25 : 0.75) * (1 - (z ? p : 1 - p)) ** 2 * entropy(z, x)
    })
    expect(focal.record.steps[0]!.loss).toBeCloseTo(mean(focused), 4)
    expect(focal.record.epochs[0]!.validation!.loss).toBeCloseTo(plain, 4)
    expect(focal.record.settings.loss).toEqual({ type: 'focal', gamma: 2, alpha: 0.25 })
  })

  test('accumulated batches equal the large one, also of cached features and of mixed images', async () => {
    const train = labelledImages(22, 2)
    for (const more of [{}, { cacheFeatures: true }, { mixup: { alpha: 1 }, cacheFeatures: false, accumulate: 1 }]) {
      const models = await Promise.all([modelFor('multiLabel'), modelFor('multiLabel')])
      for (const model of models) freeze(model, { upTo: 'layer4' })
      await start(models[0]!, { train, batchSize: 22, ...more })
      await start(models[1]!, { train, batchSize: 'mixup' in more ? 22 : 4, accumulate: 6, ...more })
      expectAllClose(tensorsOf(models[1]!), tensorsOf(models[0]!), 1e-5)
    }
  })

  test('is learned, measured, exported, and told with thresholds', async () => {
    const [train, validation] = [labelledImages(64, 4), labelledImages(32, 5)]
    const model = replaceHead(await smallModel(), { classes: train.classes, task: 'multiLabel' })
    const optimizer = adamW(paramGroups(model, { lr: 3e-3 }))
    const options = {
      ...settings,
      train,
      validation,
      epochs: 5,
      batchSize: 8,
      optimizer,
      keep: 'best',
      metric: 'loss',
    } as const
    const { validation: told } = await fineTune(model, options)
    const measured = await evaluateLabels(model, validation, { workers: 0 })
    expect(measured.averagePrecision).toBeGreaterThan(0.9)
    expect(told!.f1).toBeCloseTo(measured.f1, 9)
    expect(told!.accuracy).toBeCloseTo(measured.accuracy, 9)
    expect(told!.labels![0]!.support).toBe(measured.labels[0]!.support)

    const thresholds = bestThresholds(measured.probabilities, measured.targets)
    const better = await evaluateLabels(model, validation, { workers: 0, thresholds })
    expect(better.f1).toBeGreaterThanOrEqual(measured.f1)
    const classifier = await loadClassifier(await exportClassifier(model, undefined, { thresholds }))
    expect(classifier).toMatchObject({ task: 'multiLabel', thresholds })
    const shown = await Promise.all(validation.samples.map((_, i) => validation.image!(i)))
    const results = await classifier.classify(shown as never[])
    for (const [i, { labels, scores }] of results.entries()) {
      const row = [...measured.probabilities.data.slice(3 * i, 3 * i + 3)]
      for (const { label, score } of scores) expect(score).toBeCloseTo(row[train.classes.indexOf(label)]!, 4)
      expect(labels!.map(({ label }) => label).sort()).toEqual(
        train.classes.filter((_, label) => row[label]! >= thresholds[label]!),
      )
    }
    await classifier.release()
  })
})

describe('regression', () => {
  test('the loss is the squared error, or Hubers', async () => {
    const { model, train, record, measured } = await pairs('regression')
    const squared = mean(measured.map(([z, x]) => (x - z) ** 2))
    expect(record.steps[0]!.loss).toBeCloseTo(squared, 4)
    expect(record.steps[0]!.accuracy).toBeNaN()
    expect(record.epochs[0]!.validation!.loss).toBeCloseTo(squared, 4)
    const huber = start(model, { train, validation: train, loss: { type: 'huber', delta: 0.1 } }, 0)
    await huber
    const losses = measured.map(([z, x]) => {
      const error = Math.abs(x - z)
      return error <= 0.1 ? error ** 2 / 2 : 0.1 * (error - 0.05)
    })
    expect(huber.record.steps[0]!.loss).toBeCloseTo(mean(losses), 4)
    expect(huber.record.epochs[0]!.validation!.loss).toBeCloseTo(mean(losses), 4)
  })

  test('is learned and exported; the best epoch is that of the lowest loss', async () => {
    const [train, validation] = [measuredImages(64, 6), measuredImages(24, 7)]
    const model = replaceHead(await smallModel(), { classes: train.classes, task: 'regression' })
    const optimizer = adamW(paramGroups(model, { lr: 3e-3 }))
    const run = fineTune(model, { ...settings, train, validation, epochs: 10, batchSize: 8, optimizer, keep: 'best' })
    const { validation: told, epochs, bestEpoch } = await run
    const losses = epochs.map((epoch) => epoch.validation!.loss)
    expect(losses[bestEpoch! - 1]).toBe(Math.min(...losses))
    const { values, predictions } = await evaluateValues(model, validation, { workers: 0 })
    expect(values[0]).toMatchObject({ name: 'brightness' })
    expect(values[0]!.r2).toBeGreaterThan(0.3)
    expect(told!.values![0]!.rmse).toBeCloseTo(values[0]!.rmse, 5)

    const file = await exportClassifier(model)
    const [here, inWorker] = [await loadClassifier(file), await loadClassifier(file, { worker: true })]
    const shown = (await validation.image!(3)) as never
    for (const classifier of [here, inWorker]) {
      const { brightness, contrast } = await classifier.values(shown)
      expect(brightness).toBeCloseTo(predictions.data[6]!, 4)
      expect(contrast).toBeCloseTo(predictions.data[7]!, 4)
      expect((await failure(classifier.classify(shown))).code).toBe('deploy/other-task')
      await classifier.release()
    }
  })
})

describe('what does not fit the task is refused', () => {
  test.each<[string, Partial<FineTuneOptions>, object]>([
    ['cross-entropy', { loss: { type: 'crossEntropy' } }, { option: 'fineTune: loss.type' }],
    [
      'weights of classes',
      { loss: { type: 'focal', classWeights: [1, 1, 1] } },
      { option: 'fineTune: loss.classWeights' },
    ],
    [
      'weights of others',
      { loss: { type: 'binaryCrossEntropy', positiveWeights: { pink: 1 } } },
      { option: 'fineTune: loss.positiveWeights' },
    ],
    ['a focal loss of mixed images', { loss: { type: 'focal' }, mixup: {} }, { option: 'fineTune: loss.type' }],
  ])('%s', async (_, more, facts) => {
    const model = await modelFor('multiLabel')
    expect(() => start(model, { train: labelledImages(4, 0), ...more })).toThrow(
      expect.objectContaining({ code: 'options/invalid', facts: expect.objectContaining(facts) }),
    )
  })

  test('images without labels, and functions of one class an image', async () => {
    const model = await modelFor('multiLabel')
    const train = labelledImages(4, 0)
    const bare = { ...train, samples: train.samples.map(({ source, label }) => ({ source, label })) }
    expect(() => start(model, { train: bare })).toThrow(expect.objectContaining({ code: 'train/no-targets' }))
    expect((await failure(evaluateLabels(model, bare))).message).toContain('samples.0.labels')
    expect(() => fineTuneBy(model, { recipe: 'auto', train })).toThrow('model.task')
    expect((await failure(evaluateValues(model, train))).message).toContain("task: 'regression'")
    const classes = await smallModel()
    expect((await failure(exportClassifier(classes, undefined, { thresholds: 0.5 }))).message).toContain('thresholds')
    expect((await failure(evaluateLabels(classes, await images(2, 0)))).message).toContain("task: 'multiLabel'")
    expect(() => replaceHead(classes, { classes: ['one'] })).toThrow("unless task is 'multiLabel'")
  })
})
