import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { adamW } from '../../src/optim/adam.js'
import { sgd } from '../../src/optim/sgd.js'
import { seededRandom } from '../../src/random.js'
import { Replicas } from '../../src/session/client/Replicas.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { expectAllClose } from '../support/compare.js'
import { failure, images, tensorsOf } from './support/smallRun.js'
import { tinyModel } from './support/tinyModel.js'

// The last batch of an epoch has one image, fewer than there are replicas.
const [train, validation] = [await images(13, 0), await images(4, 1)]

async function trained(more: Partial<FineTuneOptions> = {}, setup: (model: Model) => void = () => {}) {
  const model = tinyModel()
  setup(model)
  const optimizer = sgd(paramGroups(model, { lr: 0.05 }), { momentum: 0.9 })
  const { epochs } = await fineTune(model, {
    ...{ train, validation, epochs: 2, batchSize: 6, optimizer, workers: 0, threads: 1, seed: 2 },
    ...more,
  })
  return { model, epochs }
}

describe('a run with replicas', () => {
  const frozen = (model: Model) => void freeze(model, /bn/)

  test.each<[string, Partial<FineTuneOptions>]>([
    ['the mean over the batch', {}],
    ['class weights and smooth labels', { loss: { type: 'crossEntropy', classWeights: [1, 3], labelSmoothing: 0.1 } }],
  ])('is one without them, but for rounding, where batch norm is frozen: %s', async (_, more) => {
    const one = await trained(more, frozen)
    const two = await trained({ ...more, replicas: 2 }, frozen)
    expectAllClose(tensorsOf(two.model), tensorsOf(one.model), 1e-5)
    expect(() => expectAllClose(tensorsOf(two.model), tensorsOf(tinyModel()), 1e-3)).toThrow()
    for (const [i, { trainLoss, validation: measured }] of two.epochs.entries()) {
      expect(trainLoss).toBeCloseTo(one.epochs[i]!.trainLoss, 5)
      expect(measured!.loss).toBeCloseTo(one.epochs[i]!.validation!.loss, 5)
    }
  })

  test('has the same bytes every time, with moving averages and batch norm', async () => {
    const more = { replicas: 3, ema: { decay: 0.9 } } as const
    const weights = async () => Buffer.from(saveWeights((await trained(more)).model)).toString('base64')
    expect(await weights()).toBe(await weights())
  })

  test('refuses to accumulate', () => {
    const model = tinyModel()
    const optimizer = sgd(paramGroups(model, { lr: 0.05 }))
    expect(() => fineTune(model, { train, optimizer, replicas: 2, accumulate: 2 })).toThrow(
      expect.objectContaining({ code: 'options/invalid', message: expect.stringContaining('1, with replicas') }),
    )
  })
})

describe('replicas of a session', () => {
  async function sessions(count: number): Promise<TrainingEngine[]> {
    const model = tinyModel()
    const artifacts = await generateArtifacts(model, {
      requiresGrad: model.trainable,
      loss: { type: 'crossEntropy', reduction: 'sum' },
      optimizer: adamW(paramGroups(model, { lr: 0.01 })),
      outputs: ['logits'],
    })
    return Promise.all(Array.from({ length: count }, () => TrainingEngine.create({ artifacts, threads: 1 })))
  }
  const elements = tinyModel().parameterCount

  function feedsOf(examples: number, scale = 1): Record<string, Tensor> {
    const random = seededRandom('replicas')
    const pixels = Float32Array.from({ length: examples * 3 * 24 * 24 }, () => scale * random.normal())
    const labels = int64(Array.from({ length: examples }, (_, i) => i % 2))
    return { input: float32(pixels, [examples, 3, 24, 24]), labels }
  }

  const first = ({ input, labels }: Record<string, Tensor>, count: number): Record<string, Tensor> => ({
    input: float32((input!.data as Float32Array).slice(0, count * 3 * 24 * 24), [count, 3, 24, 24]),
    labels: int64([...(labels!.data as BigInt64Array).slice(0, count)].map(Number)),
  })

  test('have equal parameters after a step, and the first has the statistics of its part', async () => {
    const [a, b, alone] = (await sessions(3)) as [TrainingEngine, TrainingEngine, TrainingEngine]
    const replicas = new Replicas([a, b], elements)
    await alone.trainStep(first(feedsOf(5), 2), {})
    for (const examples of [5, 1]) {
      const { logits } = await replicas.trainStep(feedsOf(examples), {})
      expect(logits!.dims).toEqual([examples, 2])
      if (examples === 5)
        expect(await a.getParameters(a.statistics)).toEqual(await alone.getParameters(alone.statistics))
      await replicas.optimizerStep({ gradientScale: 1 / examples })
      expect(await a.getParameters(a.trainable)).toEqual(await b.getParameters(b.trainable))
    }
    await Promise.all([replicas.release(), a.release(), alone.release()])
  })

  test('leave no gradients of a step in which one fails', async () => {
    const [a, b] = (await sessions(2)) as [TrainingEngine, TrainingEngine]
    const before = await a.getParameters(a.trainable)
    const replicas = new Replicas([a, b], elements)
    const feeds = feedsOf(4)
    ;(feeds.input!.data as Float32Array)[3 * 3 * 24 * 24] = Number.NaN
    const error = await failure(replicas.trainStep(feeds, { mustBeFinite: true }))
    expect(error.code).toBe('session/not-finite')
    for (const session of [a, b]) expect((await failure(session.optimizerStep())).code).toBe('session/no-gradients')
    expect(await a.getParameters(a.trainable)).toEqual(before)
    await Promise.all([replicas.release(), a.release()])
  })
})
