import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { decayAt } from '../../src/finetune/run/averageWeights.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { adamW } from '../../src/optim/adam.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf } from '../data/support.js'
import { expectAllClose } from '../support/compare.js'
import { addingTransform, failure, images, rejection, smallModel, tensorsOf } from './support/smallRun.js'

const [train, validation] = [await images(16, 0), await images(8, 1)]
const ema = { decay: 0.8 }

const optionsFor = (model: Model, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  train,
  validation,
  epochs: 2,
  batchSize: 8,
  optimizer: adamW(paramGroups(model, { lr: 0.002, headLrMultiplier: 3 })),
  workers: 0,
  threads: 1,
  seed: 5,
  ...more,
})

async function begin(more: Partial<FineTuneOptions>, setup: (model: Model) => void = () => {}) {
  const model = await smallModel()
  setup(model)
  return { model, run: fineTune(model, optionsFor(model, more)) }
}

/** The average of what a model had after each step, in float64. */
function averageOf(states: readonly Record<string, Tensor>[], { decay = 0.999, warmup = true } = {}) {
  const numbers = (state: Record<string, Tensor>) =>
    Object.entries(state).map(([name, { data }]) => [name, Float64Array.from(data as Float32Array)] as const)
  const [first, ...steps] = states
  const average = new Map(numbers(first!))
  for (const [i, state] of steps.entries()) {
    const kept = decayAt(i + 1, { decay, warmup })
    for (const [name, values] of numbers(state))
      average.set(
        name,
        average.get(name)!.map((old, at) => kept * old + (1 - kept) * values[at]!),
      )
  }
  return Object.fromEntries(
    [...average].map(([name, data]) => [name, { ...first![name]!, data: Float32Array.from(data) } as Tensor]),
  )
}

/** The weights before the first step and after each, of a run without averages. */
async function statesOf(more: Partial<FineTuneOptions>, setup?: (model: Model) => void) {
  const { model, run } = await begin(more, setup)
  const states = [tensorsOf(model)]
  const { accumulate = 1 } = more
  for await (const event of run)
    if (event.type === 'step' && event.step % accumulate === 0) states.push(await run.weights())
  return { states, losses: run.record.steps.map(({ loss }) => loss) }
}

describe('the average of a run', () => {
  const upTo4 = (model: Model) => void freeze(model, { upTo: 'layer4' })
  const cases: [string, Partial<FineTuneOptions>, ((model: Model) => void)?][] = [
    ['every weight and running statistic', { ema }],
    ['without a warm-up, of accumulated batches', { ema: { decay: 0.6, warmup: false }, accumulate: 2, batchSize: 4 }],
    ['a head on cached features, with the default decay', { ema: {}, cacheFeatures: { views: 2 } }, upTo4],
  ]
  test.each(cases)('is that of the weights after its steps: %s', async (_, { ema, ...more }, setup) => {
    const { states, losses } = await statesOf(more, setup)
    const expected = averageOf(states, ema)
    const { model, run } = await begin({ ...more, ema }, setup)
    await run
    expectAllClose(tensorsOf(model), expected, 1e-6)
    expect(await run.weights()).toEqual(tensorsOf(model))
    // Training itself is not affected.
    expect(run.record.steps.map(({ loss }) => loss)).toEqual(losses)
  })

  test('is what validation measures, what the best epoch keeps and what the model has after each epoch', async () => {
    const { model, run } = await begin({ ema, keep: 'best', metric: 'loss' })
    const after: Record<string, Tensor>[] = []
    for await (const event of run) if (event.type === 'epoch') after.push(tensorsOf(model))
    const { bestEpoch = 0, epochs } = await run
    expect(tensorsOf(model)).toEqual(after[bestEpoch - 1])
    // A run that changes nothing measures the model that it is given.
    freeze(model, /bn|downsample\.1/)
    const still = sgd(paramGroups(model, { lr: 0 }))
    const { validation: measured } = await fineTune(model, { ...optionsFor(model), optimizer: still, epochs: 1 })
    expect(measured!.loss).toBeCloseTo(epochs[bestEpoch - 1]!.validation!.loss, 5)
  })

  test('leaves out a step that was undone', async () => {
    let step = 0
    // Images of the second batch are infinite.
    const transform = addingTransform(() => (step++ >> 3 === 1 ? Number.POSITIVE_INFINITY : 0))
    const more = { prefetch: 1, onDiverged: { times: 1 }, epochs: 1 }
    const { model, run } = await begin({ ema, trainTransform: transform, ...more })
    await run
    expect(run.record.warnings).toHaveLength(1)
    expect(run.record.settings.ema).toEqual({ decay: 0.8, warmup: true })
    for (const { data } of Object.values(tensorsOf(model))) expect(data.every(Number.isFinite)).toBe(true)
  })
})

describe('a run that goes on from a checkpoint', () => {
  test.each([
    ['in the middle of an epoch', { ema, keep: 'best' as const }, 1],
    ['within accumulated batches', { ema, accumulate: 2, batchSize: 4, epochs: 1 }, 3],
  ])('has the averages of one that was never stopped, to the byte: stopped %s', async (_, more, step) => {
    const undisturbed = await begin(more)
    await undisturbed.run
    const checkpoint = { directory: join(await directoryOf({}), 'run') }
    const controller = new AbortController()
    const stopped = await begin({ ...more, checkpoint, signal: controller.signal })
    const follow = async () => {
      for await (const event of stopped.run) if (event.type === 'step' && event.step === step) controller.abort()
    }
    expect(await rejection(follow())).toBe(controller.signal.reason)
    const resumed = await begin({ ...more, checkpoint, resume: 'auto' })
    const events: FineTuneEvent[] = []
    for await (const event of resumed.run) events.push(event)
    expect(events[0]).toMatchObject({ type: 'resumed', differences: [], broken: [] })
    expect(tensorsOf(resumed.model)).toEqual(tensorsOf(undisturbed.model))
    // One that has ended leaves the averages in the model too.
    const ended = await begin({ ...more, checkpoint, resume: 'auto' })
    await ended.run
    expect(tensorsOf(ended.model)).toEqual(tensorsOf(undisturbed.model))
    const other = await begin({ ...more, ema: { decay: 0.9 }, checkpoint, resume: 'auto' })
    expect(await failure(other.run)).toMatchObject({
      code: 'train/checkpoint-differs',
      facts: { differences: ['ema.decay: 0.8, now 0.9'] },
    })
  })
})
