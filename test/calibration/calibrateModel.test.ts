import { beforeAll, describe, expect, test } from 'vitest'
import { calibrateModel } from '../../src/calibration/calibrateModel.js'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { readModel } from '../../src/onnx/format/read.js'
import { adamW } from '../../src/optim/adam.js'
import { logSumExp } from '../../src/probe/softmaxObjective.js'
import { openRuntime } from '../../src/runtime/runtime.js'
import { errorOf } from '../data/support.js'
import { images, smallModel } from '../finetune/support/smallRun.js'

const model = await smallModel()
const validation = await images(40, 2)
const bytesOf = (dataset: ImageDataset) => Promise.all(dataset.samples.map((_, index) => dataset.read!(index)))

beforeAll(async () => {
  const groups = paramGroups(model, { lr: 1e-3, headLrMultiplier: 3 })
  await fineTune(model, { train: await images(40, 1), epochs: 2, batchSize: 10, optimizer: adamW(groups), workers: 1 })
})

describe('a calibrated classifier', () => {
  test('has the softmax of logits / temperature as probabilities, and its logits unchanged', async () => {
    const [plain, file] = await Promise.all([
      exportClassifier(model),
      exportClassifier(model, undefined, { calibration: { temperature: 2.5, threshold: 0.1 } }),
    ])
    const runtime = await openRuntime(undefined, {})
    const feeds = {
      image: { type: 'float32' as const, dims: [1, 3, 48, 48], data: new Float32Array(3 * 48 * 48).fill(0.3) },
    }
    const run = async (bytes: Uint8Array) => {
      const session = await runtime.createSession(bytes, 'test')
      const outputs = await session.run(feeds, { logits: null, probabilities: null })
      await session.release()
      return [outputs.logits!.data, outputs.probabilities!.data].map((data) => Array.from(data as Float32Array)) as [
        number[],
        number[],
      ]
    }
    const [[before], [logits, probabilities]] = await Promise.all([run(plain), run(file)])
    expect(logits).toEqual(before)
    const scaled = logits.map((logit) => logit / 2.5)
    for (const [c, logit] of scaled.entries())
      expect(probabilities[c]).toBeCloseTo(Math.exp(logit - logSumExp(scaled)), 6)
    expect(readModel(file).metadata.get('calibration')).toBe('{"temperature":2.5,"threshold":0.1}')
  })

  test('rejects about as many validation images as it was asked to, and says so in a worker too', async () => {
    const calibration = await calibrateModel(model, validation, { keep: 0.8, workers: 1 })
    expect([calibration.images, calibration.kept]).toEqual([40, 0.8])
    expect(calibration.loss.after).toBeLessThanOrEqual(calibration.loss.before)
    const file = await exportClassifier(model, undefined, { calibration })
    for (const worker of [false, true]) {
      const classifier = await loadClassifier(file, { worker })
      expect(classifier.calibration).toEqual({ temperature: calibration.temperature, threshold: calibration.threshold })
      const results = await classifier.classify(await bytesOf(validation))
      const correct = results.filter(({ label }, i) => label === model.classes[validation.samples[i]!.label])
      const kept = correct.filter(({ isUnknown }) => !isUnknown).length / correct.length
      // The image at the threshold may fall on either side of it by rounding.
      expect(Math.abs(kept - 0.8)).toBeLessThan(0.06)
      await classifier.release()
    }
  })

  test('states the loss that its own probabilities have', async () => {
    const calibration = await calibrateModel(model, validation, { workers: 0 })
    const classifier = await loadClassifier(await exportClassifier(model, undefined, { calibration }))
    const results = await classifier.classify(await bytesOf(validation))
    const losses = results.map(
      ({ scores }, i) =>
        -Math.log(scores.find(({ label }) => label === model.classes[validation.samples[i]!.label])!.score),
    )
    expect(losses.reduce((sum, loss) => sum + loss, 0) / losses.length).toBeCloseTo(calibration.loss.after, 3)
    await classifier.release()
  })
})

test('a classifier without a calibration does not say what is unknown', async () => {
  const file = await exportClassifier(model)
  expect(readModel(file).metadata.has('calibration')).toBe(false)
  const classifier = await loadClassifier(file)
  expect(classifier.calibration).toBeUndefined()
  expect(await classifier.classify((await bytesOf(validation))[0]!)).not.toHaveProperty('isUnknown')
  await classifier.release()
})

test('classes are compared by name: their order may differ, an unknown one is refused', async () => {
  const turned = {
    ...validation,
    classes: [...validation.classes].reverse(),
    samples: validation.samples.map((one) => ({ ...one, label: 1 - one.label })),
  }
  const options = { workers: 0 }
  expect(await calibrateModel(model, turned, options)).toEqual(await calibrateModel(model, validation, options))
  const error = await errorOf(calibrateModel(model, { ...validation, classes: ['blue', 'green'] }))
  expect(error.message).toContain('among the classes of the model: blue, red')
})
