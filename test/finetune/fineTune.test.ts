import { describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { FineTuneError } from '../../src/errors.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { EpochEvent, FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { adamW } from '../../src/optim/adam.js'
import type { Optimizer, ParamGroup } from '../../src/optim/Optimizer.js'
import { plateauSchedule } from '../../src/optim/plateauSchedule.js'
import { cosineSchedule } from '../../src/optim/schedules.js'
import { sgd } from '../../src/optim/sgd.js'
import { relativeError } from '../support/compare.js'
import { thorough } from '../support/thorough.js'
import { settings } from '../support/where.js'
import { addingTransform, failure, images, rejection, smallModel, tensorsOf } from './support/smallRun.js'

const train = await images(30, 0)
const validation = await images(10, 1)
const optionsFor = (model: Model, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  train,
  epochs: 1,
  batchSize: 8,
  optimizer: sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2 })),
  workers: 0,
  ...settings,
  ...more,
})

const isEpoch = (event: FineTuneEvent): event is EpochEvent => event.type === 'epoch'

describe('a run', () => {
  test('learns, and reports every step and epoch', async () => {
    const model = await smallModel()
    const before = model.get('conv1.weight').data.slice()
    const events: FineTuneEvent[] = []
    for await (const event of fineTune(model, optionsFor(model, { validation, epochs: 8 }))) events.push(event)

    const names = events.map(({ type }) => type)
    const epoch = ['step', 'step', 'step', 'step', 'validationStep', 'validationStep', 'epoch']
    expect(names).toEqual([...Array.from({ length: 8 }, () => epoch).flat(), 'done'])
    const steps = events.filter((event) => event.type === 'step')
    expect(steps.slice(0, 4).map(({ examples }) => examples)).toEqual([8, 8, 8, 6])
    expect(steps[0]!.learningRates).toEqual({ backbone: 0.02, head: 0.04 })

    const epochs = events.filter(isEpoch)
    const examples = steps.slice(0, 4).reduce((sum, step) => sum + step.loss * step.examples, 0)
    expect(epochs[0]!.trainLoss).toBeCloseTo(examples / 30, 6)
    expect(epochs[7]!.trainLoss).toBeLessThan(epochs[0]!.trainLoss / 2)
    expect(epochs[7]!.validation!.accuracy).toBe(1)
    expect(epochs[7]!.validation!.confusion).toEqual([
      [5, 0],
      [0, 5],
    ])
    expect(model.get('conv1.weight').data).not.toEqual(before)
    expect(model.get('bn1.running_mean').data.some((value) => value !== 0)).toBe(true)
    const done = events.at(-1)
    expect(done?.type === 'done' && done.result.epochs).toEqual(epochs.map(({ type, epochs, ...metrics }) => metrics))
  })

  test('can just be awaited, and gives byte-identical weights with any number of workers', async () => {
    const weights = await Promise.all(
      [0, 1, 2].map(async (workers) => {
        const model = await smallModel()
        const result = await fineTune(model, optionsFor(model, { workers, validation, seed: 7 }))
        expect(result.epochs).toHaveLength(1)
        return saveWeights(model)
      }),
    )
    expect(weights[1]).toEqual(weights[0])
    expect(weights[2]).toEqual(weights[0])
  })

  test('another seed gives other weights', async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(async (seed) => {
        const model = await smallModel()
        await fineTune(model, optionsFor(model, { seed }))
        return saveWeights(model)
      }),
    )
    expect(second).not.toEqual(first)
  })

  test('a summed loss at a rate divided by the batch size is the averaged one', async () => {
    const full = { ...train, samples: train.samples.slice(0, 24) }
    const losses = await Promise.all(
      (['mean', 'sum'] as const).map(async (lossReduction) => {
        const model = await smallModel()
        const lr = lossReduction === 'sum' ? 0.02 / 8 : 0.02
        const optimizer = sgd(paramGroups(model, { lr }))
        return (await fineTune(model, optionsFor(model, { train: full, lossReduction, optimizer }))).epochs[0]!
          .trainLoss
      }),
    )
    expect(losses[1]).toBeCloseTo(losses[0]!, 5)
  })

  test('leaves frozen parameters and their statistics as they were', async () => {
    const model = await smallModel()
    freeze(model, { upTo: 'layer3' })
    const before = new Map([...model.parameters, ...model.buffers].map((name) => [name, model.get(name).data.slice()]))
    await fineTune(model, optionsFor(model))
    const changed = [...before].filter(([name, data]) => `${model.get(name).data}` !== `${data}`).map(([name]) => name)
    expect(changed.length).toBeGreaterThan(10)
    expect(changed.filter((name) => !/^(layer4|fc)/.test(name))).toEqual([])
  })

  test('follows a schedule, an update for each group of accumulated batches', async () => {
    const model = await smallModel()
    const rates: (number | undefined)[] = []
    const options = optionsFor(model, { accumulate: 3, epochs: 2, schedule: ({ steps }) => cosineSchedule({ steps }) })
    for await (const event of fineTune(model, options))
      if (event.type === 'step') rates.push(event.learningRates.backbone)
    // Four batches an epoch: updates after the third and after the last.
    const at = (step: number) => (0.02 * (1 + Math.cos((Math.PI * step) / 4))) / 2
    expect(rates).toEqual(
      [undefined, undefined, at(0), at(0), undefined, undefined, at(2), at(2)].map((rate) => rate ?? undefined),
    )
  })

  test('a schedule sees the results of the epochs before', async () => {
    const model = await smallModel()
    const schedule = () => plateauSchedule({ patience: 0, threshold: 1e6, gamma: 0.5 })
    const run = fineTune(model, optionsFor(model, { validation, epochs: 4, schedule }))
    const { epochs } = await run
    expect(epochs.map(({ learningRates }) => learningRates.backbone)).toEqual([0.02, 0.02, 0.01, 0.005])
  })
})

describe('accumulated batches', () => {
  /** Weights after two epochs over 30 images; batch norm keeps its statistics, for it sees each batch by itself. */
  async function trained(more: Partial<FineTuneOptions>, optimizer: (groups: ParamGroup[]) => Optimizer) {
    const model = await smallModel()
    freeze(model, /bn|downsample\.1/)
    const options = optionsFor(model, { ...more, epochs: 2 })
    const lr = more.lossReduction === 'sum' ? 0.001 : 0.01
    await fineTune(model, { ...options, optimizer: optimizer(paramGroups(model, { lr, weightDecay: 0.1 })) })
    return model
  }

  const groups = [
    ['in whole groups, mean', 2, 'mean'],
    ['with a last group of two batches, one smaller, sum', 3, 'sum'],
    ['with a last group of one smaller batch, mean', 4, 'mean'],
    ['with a last group of two batches, one smaller, mean', 3, 'mean'],
  ] as const
  test.each(thorough ? groups : groups.slice(0, 2))('are one large batch %s', async (_, accumulate, lossReduction) => {
    const optimizer = (groups: ParamGroup[]) => sgd(groups, { momentum: 0.9 })
    // 30 images: at 4 a batch 7 batches and one of 2.
    const many = await trained({ batchSize: 4, accumulate, lossReduction }, optimizer)
    const large = await trained({ batchSize: 4 * accumulate, lossReduction }, optimizer)
    const start = await smallModel()
    for (const name of large.trainable) {
      const moved = relativeError(many.get(name), large.get(name))
      expect(moved, name).toBeLessThan(1e-4)
      expect(relativeError(start.get(name), large.get(name)), name).toBeGreaterThan(1e-3)
    }
  })

  test('are one large batch for an optimizer that knows no scale, too', async () => {
    const many = await trained({ batchSize: 5, accumulate: 2 }, (groups) => adamW(groups))
    const large = await trained({ batchSize: 10 }, (groups) => adamW(groups))
    // Adam divides by the root of the square: where a gradient is nearly 0, rounding decides.
    for (const name of ['fc.weight', 'fc.bias'])
      expect(relativeError(many.get(name), large.get(name))).toBeLessThan(1e-3)
  })

  test('report the losses of their own batches', async () => {
    const losses = async (accumulate: number) => {
      const model = await smallModel()
      const run = fineTune(model, optionsFor(model, { accumulate, validation }))
      const seen: number[] = []
      for await (const event of run) {
        if (event.type === 'step') seen.push(event.loss)
        if (event.type === 'epoch') seen.push(event.validation!.loss)
      }
      return seen
    }
    const [one, four] = [await losses(1), await losses(4)]
    // Before the first update both see the same network.
    expect(four[0]).toBeCloseTo(one[0]!, 5)
    expect(
      four.every((loss) => loss > 0.01 && loss < 5),
      `${four}`,
    ).toBe(true)
  })

  test('of which one diverges leave every tensor a number', async () => {
    const model = await smallModel()
    let images = 0
    // No numbers from the fourth batch on, the second one of the second group.
    const trainTransform = addingTransform(() => (++images > 3 * 8 ? Number.NaN : 0))
    const options = optionsFor(model, { accumulate: 2, trainTransform, cacheFeatures: false, prefetch: 1 })
    const steps: string[] = []
    const run = fineTune(model, options)
    const error = await failure(
      (async () => {
        for await (const { type } of run) steps.push(type)
      })(),
    )
    expect([error.code, steps]).toEqual(['train/diverged', ['step', 'step', 'step']])
    for (const name of [...model.parameters, ...model.buffers])
      expect(model.get(name).data.every(Number.isFinite), name).toBe(true)
    expect(await run.weights()).toEqual(tensorsOf(model))
  })
})

describe('the end of a run', () => {
  /** What the weights are after each step of a run that nothing disturbs. */
  let known: Promise<Record<string, Tensor>[]> | undefined
  const history = (): Promise<Record<string, Tensor>[]> => {
    known ??= follow()
    return known
  }
  async function follow() {
    const model = await smallModel()
    const run = fineTune(model, optionsFor(model, { epochs: 2 }))
    const [before, after] = [await run.weights(), [] as Record<string, Tensor>[]]
    for await (const event of run) if (event.type === 'step') after.push(await run.weights())
    expect(await run.weights()).toEqual(after.at(-1))
    expect(tensorsOf(model)).toEqual(after.at(-1))
    return [before, ...after]
  }

  test('weights() gives those of the last step at any time, and every step changes them', async () => {
    const weights = await history()
    expect(weights[0]).toEqual(tensorsOf(await smallModel()))
    expect(weights).toHaveLength(9)
    const distinct = new Set(
      weights.map((tensors) => `${tensors['conv1.weight']!.data}${tensors['bn1.running_var']!.data}`),
    )
    expect(distinct.size).toBe(9)
  })

  test('at every epoch the model has the weights of its last step', async () => {
    const weights = await history()
    const model = await smallModel()
    const atEpochs: Record<string, Tensor>[] = []
    const run = fineTune(model, optionsFor(model, { epochs: 2, validation }))
    for await (const event of run) if (event.type === 'epoch') atEpochs.push(tensorsOf(model))
    expect(atEpochs).toEqual([weights[4], weights[8]])
  })

  test('leaving the loop keeps the weights of the last step', async () => {
    const weights = await history()
    const model = await smallModel()
    const run = fineTune(model, optionsFor(model, { epochs: 2 }))
    for await (const event of run) if (event.type === 'step' && event.step === 3) break
    expect(tensorsOf(model)).toEqual(weights[3])
    expect(await run.weights()).toEqual(weights[3])
    expect((await failure(run)).code).toBe('aborted')
  })

  test('its signal ends it with the weights of the last step', async () => {
    const weights = await history()
    const model = await smallModel()
    const controller = new AbortController()
    const run = fineTune(model, optionsFor(model, { epochs: 2, signal: controller.signal }))
    const seen: string[] = []
    const end = await rejection(
      (async () => {
        for await (const { type } of run) if (seen.push(type) === 3) controller.abort('enough')
      })(),
    )
    expect(end).toBe('enough')
    expect(seen).toEqual(['step', 'step', 'step'])
    expect(tensorsOf(model)).toEqual(weights[3])
    expect(run.record.status).toBe('stopped')
  })

  test('aborted within a step, it has the weights that this step gives', async () => {
    const weights = await history()
    const model = await smallModel()
    const controller = new AbortController()
    const run = fineTune(model, optionsFor(model, { epochs: 2, signal: controller.signal }))
    const events = run[Symbol.asyncIterator]()
    await events.next()
    const under = events.next()
    setTimeout(() => controller.abort())
    // Whether the signal comes before or after the step began, is a matter of time: the weights are those of a whole step.
    expect(await rejection(under.then(() => events.next()))).toBe(controller.signal.reason)
    expect([weights[1], weights[2]]).toContainEqual(tensorsOf(model))
  })

  test('aborted during validation, it has the weights of the epoch', async () => {
    const weights = await history()
    const model = await smallModel()
    const controller = new AbortController()
    const run = fineTune(model, optionsFor(model, { epochs: 2, validation, signal: controller.signal }))
    const end = await rejection(
      (async () => {
        for await (const { type } of run) if (type === 'validationStep') controller.abort()
      })(),
    )
    expect(end).toBe(controller.signal.reason)
    expect(tensorsOf(model)).toEqual(weights[4])
  })

  test('a signal that is aborted before it starts ends it at once', async () => {
    const model = await smallModel()
    const end = await rejection(fineTune(model, optionsFor(model, { signal: AbortSignal.abort('late') })))
    expect(end).toBe('late')
    expect(tensorsOf(model)).toEqual(tensorsOf(await smallModel()))
  })

  test('an unreadable image is named, or left out and listed', async () => {
    const broken: ImageDataset = {
      ...train,
      read: async (index) => (index === 3 ? Uint8Array.of(1, 2, 3) : train.read!(index)),
    }
    const model = await smallModel()
    const error = await failure(fineTune(model, optionsFor(model, { train: broken })))
    expect(error).toMatchObject({ code: 'data/unreadable', facts: { source: 'image 3' } })

    const result = await fineTune(model, optionsFor(model, { train: broken, onError: 'skip' }))
    expect(result.epochs[0]!.skipped.map(({ source }) => source)).toEqual(['image 3'])
  })

  test('a loss that is no number is an error', async () => {
    const model = await smallModel()
    const optimizer = sgd(paramGroups(model, { lr: 1e30 }))
    const error = await failure(fineTune(model, optionsFor(model, { optimizer, epochs: 3 })))
    expect(error).toMatchObject({ code: 'train/diverged', facts: { epoch: 1 } })
  })
})

describe('mistakes are found before any work', () => {
  const codeOf = (make: () => unknown): string => {
    try {
      make()
    } catch (error) {
      if (error instanceof FineTuneError) return `${error.code}: ${error.message}`
    }
    return 'nothing was thrown'
  }

  test('options', async () => {
    const model = await smallModel()
    const options = optionsFor(model)
    expect(codeOf(() => fineTune(model, { ...options, batchSize: 0 }))).toMatch(/options\/invalid: .*batchSize.* 0$/)
    expect(codeOf(() => fineTune(model, { ...options, batchsize: 4 } as never))).toMatch(
      /options\/invalid: .*batchsize/,
    )
    expect(codeOf(() => fineTune(model, { ...options, optimizer: 'sgd' as never }))).toMatch(/optimizer must be/)
  })

  test('classes that are not the model’s', async () => {
    const model = await smallModel()
    const swapped = { ...train, classes: ['red', 'blue'] }
    expect(codeOf(() => fineTune(model, optionsFor(model, { train: swapped })))).toMatch(/train\/classes/)
    expect(codeOf(() => fineTune(model, optionsFor(model, { validation: swapped })))).toMatch(
      /train\/classes: validation/,
    )
  })

  test('an optimizer that was made before freezing', async () => {
    const model = await smallModel()
    const options = optionsFor(model)
    freeze(model, 'conv1.weight')
    expect(codeOf(() => fineTune(model, options))).toMatch(
      /train\/unmatched-parameters: .*Frozen or unknown: conv1.weight/,
    )
  })

  test('a run is iterated once', async () => {
    const model = await smallModel()
    const run = fineTune(model, optionsFor(model))
    await run
    expect((await failure(run[Symbol.asyncIterator]().next())).code).toBe('train/already-started')
  })
})
