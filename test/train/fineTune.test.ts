import { describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset.js'
import { FineTuneError } from '../../src/errors.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { cosine } from '../../src/optim/schedules.js'
import { sgd } from '../../src/optim/sgd.js'
import type { EpochEvent, FineTuneEvent } from '../../src/train/events.js'
import { fineTune } from '../../src/train/fineTune.js'
import type { FineTuneOptions } from '../../src/train/options.js'
import { failure, pictures, smallModel } from './support/smallRun.js'

const train = await pictures(30, 0)
const validation = await pictures(10, 1)
const optionsFor = (model: Model, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  train,
  epochs: 1,
  batchSize: 8,
  optimizer: sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2 })),
  workers: 0,
  threads: 1,
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

  test('accumulates batches and follows a schedule', async () => {
    const model = await smallModel()
    const rates: (number | undefined)[] = []
    const options = optionsFor(model, { accumulate: 3, epochs: 2, schedule: ({ steps }) => cosine({ steps }) })
    for await (const event of fineTune(model, options))
      if (event.type === 'step') rates.push(event.learningRates.backbone)
    // Four batches an epoch: updates after the third and after the last.
    const at = (step: number) => (0.02 * (1 + Math.cos((Math.PI * step) / 4))) / 2
    expect(rates).toEqual(
      [undefined, undefined, at(0), at(0), undefined, undefined, at(2), at(2)].map((rate) => rate ?? undefined),
    )
  })
})

describe('the end of a run', () => {
  test('leaving the loop keeps the weights of the last step', async () => {
    const model = await smallModel()
    const before = saveWeights(model)
    const run = fineTune(model, optionsFor(model, { epochs: 50 }))
    for await (const event of run) if (event.type === 'step') break
    expect(saveWeights(model)).not.toEqual(before)
    expect((await failure(run)).code).toBe('aborted')
  })

  test('its signal ends it', async () => {
    const model = await smallModel()
    const controller = new AbortController()
    const run = fineTune(model, optionsFor(model, { epochs: 50, signal: controller.signal }))
    const seen: string[] = []
    const end = await failure(
      (async () => {
        for await (const { type } of run) {
          seen.push(type)
          controller.abort()
        }
      })(),
    )
    expect(end.code).toBe('aborted')
    expect(seen).toEqual(['step'])
  })

  test('an unreadable picture is named, or left out and listed', async () => {
    const broken: ImageDataset = {
      ...train,
      read: async (index) => (index === 3 ? Uint8Array.of(1, 2, 3) : train.read!(index)),
    }
    const model = await smallModel()
    const error = await failure(fineTune(model, optionsFor(model, { train: broken })))
    expect(error).toMatchObject({ code: 'data/unreadable', facts: { source: 'picture 3' } })

    const result = await fineTune(model, optionsFor(model, { train: broken, onError: 'skip' }))
    expect(result.epochs[0]!.skipped.map(({ source }) => source)).toEqual(['picture 3'])
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
