import { describe, expect, test } from 'vitest'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { colorJitter } from '../../src/transforms/colorJitter.js'
import { compose } from '../../src/transforms/compose.js'
import { grayscale } from '../../src/transforms/grayscale.js'
import { normalize } from '../../src/transforms/normalize.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { resize } from '../../src/transforms/resize.js'
import type { RgbImage } from '../../src/transforms/rgbImage.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import type { AnyTransform, Transform } from '../../src/transforms/transform.js'
import { failure, images, smallModel } from '../finetune/support/smallRun.js'

const options = { threads: 1 } as const
const unusual = normalize([0.2, 0.6, 0.4], [0.5, 0.9, 1.2])

async function trained(transforms: Pick<FineTuneOptions, 'trainTransform' | 'validationTransform'>) {
  const model = await smallModel()
  const [train, validation] = [await images(8, 1), await images(6, 2)]
  const optimizer = sgd(paramGroups(model, { lr: 0.002 }))
  const run = fineTune(model, {
    train,
    validation,
    epochs: 1,
    batchSize: 4,
    workers: 0,
    optimizer,
    ...transforms,
    ...options,
  })
  await run
  return { model, validation, run }
}

describe('an exported classifier says of an image what the validation of its run said', () => {
  const cases: Record<string, Pick<FineTuneOptions, 'trainTransform' | 'validationTransform'>> = {
    'by default': {},
    'resized to height and width, normalised in another way': {
      validationTransform: compose([resize([70, 50]), centerCrop(48), toTensor(), unusual]),
    },
    'another shorter side, not normalised': { validationTransform: compose([resize(60), centerCrop(48), toTensor()]) },
    'made grey, then resized': {
      validationTransform: compose([grayscale(), resize(50), centerCrop(48), toTensor(), unusual]),
    },
    'resized, then made grey': {
      validationTransform: compose([resize(50), centerCrop(48), grayscale(), toTensor(), unusual]),
    },
    'resized to the very size': { validationTransform: compose([resize([48, 48]), toTensor()]) },
    'trained in another way, which validation follows': {
      trainTransform: compose([randomResizedCrop(48), grayscale(), toTensor(), unusual]),
    },
  }
  test.each(Object.entries(cases))('%s', async (_, transforms) => {
    const { model, validation, run } = await trained(transforms)
    const file = await exportClassifier(model, undefined, options)
    const classifier = await loadClassifier(file, options)
    expect(run.record.predictions).toHaveLength(6)
    for (const { index, label, labelScore } of run.record.predictions) {
      const { scores } = await classifier.classify(await validation.read!(index))
      const score = scores.find((score) => score.label === model.classes[label])!.score
      expect(logit(score)).toBeCloseTo(logit(labelScore), 4)
    }
    await classifier.release()
    const { resize, grayscale } = (await loadOnnxBackbone(file)).preprocessing
    expect({ resize, grayscale }).toEqual({
      resize: model.preprocessing.resize,
      grayscale: model.preprocessing.grayscale,
    })
  })
})

/** Of two classes, the difference of the logits: exact enough while neither score is close to 1. */
const logit = (score: number): number => Math.log(score / (1 - score))

test('validation without a transform of its own is normalised and grey as training is', async () => {
  const trainTransform = compose([randomResizedCrop(48), grayscale(), toTensor(), unusual])
  const { model, run } = await trained({ trainTransform })
  expect(model.preprocessing).toEqual({
    resize: 55,
    crop: 48,
    grayscale: 'afterResize',
    autoOrient: true,
    ...unusual.options,
  })
  const names = run.record.settings.validationTransform!.map(({ name }) => name)
  expect(names).toEqual(['resize', 'centerCrop', 'grayscale', 'toNormalizedTensor'])
})

test('training without a transform of its own is normalised and grey as validation is', async () => {
  const validationTransform = compose([resize(50), centerCrop(48), grayscale(), toTensor(), unusual])
  const [last, grey] = (await trained({ validationTransform })).run.record.settings.trainTransform.toReversed()
  expect(grey!.name).toBe('grayscale')
  expect(last).toMatchObject({ name: 'toNormalizedTensor', options: unusual.options })
})

describe('a view that the file cannot say is an error, by the name of the transform', () => {
  const own: Transform<RgbImage, RgbImage> = { name: 'own', apply: (image) => image }
  const end = [resize(50), centerCrop(48), toTensor()] as const
  const cases: [string, AnyTransform, string, string][] = [
    ['of the user', compose([own, ...end]), 'own', 'it is a transform of your own'],
    ['of chance', compose([colorJitter({ hue: 0.1 }), ...end]), 'colorJitter', 'it leaves something to chance'],
    ['in another order', compose([centerCrop(30), resize(48), toTensor()]), 'resize', 'it comes after centerCrop'],
    ['normalised twice', compose([...end, unusual, unusual]), 'normalize', 'it comes after toNormalizedTensor'],
  ]
  test.each(cases)('%s', async (_, validationTransform, transform, problem) => {
    const { model } = await trained({ validationTransform })
    const error = await failure(exportClassifier(model, undefined, options))
    expect(error.code).toBe('deploy/inexpressible-transform')
    expect(error.facts).toEqual({ transform, problem })
    expect(error.message).toContain('ignoreTransforms: true')
    await exportClassifier(model, undefined, { ...options, ignoreTransforms: true })
  })

  test('until a run validates in a way that it can say', async () => {
    const { model, validation } = await trained({ validationTransform: compose([own, ...end]) })
    const optimizer = sgd(paramGroups(model, { lr: 0.01 }))
    await fineTune(model, { train: validation, epochs: 1, batchSize: 6, workers: 0, optimizer, ...options })
    await exportClassifier(model, undefined, options)
  })

  test('a view that only crops could be any size before', async () => {
    const { readTestView } = await import('../../src/transforms/testView.js')
    expect(readTestView(compose([centerCrop(48), toTensor()]), 48)).toEqual({
      step: 'centerCrop',
      problem: 'it crops what nothing resized',
    })
    expect(readTestView(compose([resize([48, 40]), toTensor()]), 48)).toMatchObject({ step: 'centerCrop' })
    expect(readTestView(toTensor(), 48)).toMatchObject({ view: { resize: [48, 48], crop: 48 } })
  })
})
