import { expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { StepEvent } from '../../src/finetune/record/events.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf } from '../data/support.js'
import { addingTransform, failure, images, smallModel, tensorsOf } from './support/smallRun.js'

const train = await images(32, 0)

/** A run over batches of 8 images, of which some hold no numbers. Batches count from 0. */
const optionsFor = (model: Model, bad: readonly number[], more: Partial<FineTuneOptions> = {}): FineTuneOptions => {
  let prepared = 0
  return {
    ...{ train, epochs: 2, batchSize: 8, workers: 0, threads: 1, prefetch: 1, cacheFeatures: false },
    optimizer: sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2 }), { momentum: 0.9 }),
    trainTransform: addingTransform(() => (bad.includes(Math.floor(prepared++ / 8)) ? Number.NaN : 0)),
    ...more,
  }
}

test('the run ends, and says which tensor went bad first, at which rates', async () => {
  const model = await smallModel()
  const error = await failure(fineTune(model, optionsFor(model, [2])))
  expect(error).toMatchObject({
    code: 'train/diverged',
    facts: { epoch: 1, step: 3, loss: Number.NaN, tensor: 'input', learningRates: { backbone: 0.02, head: 0.04 } },
  })
  expect(error.message).toContain('input is the first tensor in it that is not finite')
  expect(error.message).toContain('backbone 0.02, head 0.04')
})

test('weights that grow without end are found in the network', async () => {
  const model = await smallModel()
  const optimizer = sgd(paramGroups(model, { lr: 1e30 }))
  const error = await failure(fineTune(model, optionsFor(model, [], { optimizer, epochs: 3 })))
  expect(error.code).toBe('train/diverged')
  expect((error.facts as { tensor: string }).tensor).toMatch(/^\S+ \(\w+\)$|_grad$/)
  for (const [name, { data }] of Object.entries(tensorsOf(model)))
    expect((data as Float32Array).every(Number.isFinite), name).toBe(true)
})

test.each([1, 2])(
  'the run goes on with smaller rates, accumulating %i batches, and undone steps change nothing',
  async (accumulate) => {
    const model = await smallModel()
    const options = optionsFor(model, [1, 4], { accumulate, onDiverged: { factor: 0.1, times: 2 } })
    const run = fineTune(model, options)
    const told: (StepEvent | string)[] = []
    let before: Record<string, Tensor> = {}
    for await (const event of run) {
      if (event.type !== 'step' && event.type !== 'warning') continue
      const weights = await run.weights()
      if (event.type === 'warning' && accumulate === 1) expect(weights).toEqual(before)
      before = weights
      told.push(event.type === 'step' ? event : event.code)
    }
    expect(told.map((event) => (typeof event === 'string' ? event : event.step))).toEqual([
      1,
      'train/diverged',
      3,
      4,
      'train/diverged',
      2,
      3,
      4,
    ])
    const rates = told.flatMap((event) => (typeof event === 'string' ? [] : [event.learningRates.backbone]))
    const expected = [0.02, 0.002, 0.002, 0.0002, 0.0002, 0.0002]
    if (accumulate === 1) expect(rates).toEqual(expected.map((rate) => expect.closeTo(rate, 12)))
    expect(run.record.warnings).toMatchObject([{ code: 'train/diverged' }, { code: 'train/diverged' }])
  },
)

test('as often as it may, and no more', async () => {
  const model = await smallModel()
  const error = await failure(fineTune(model, optionsFor(model, [1, 2], { onDiverged: { times: 1 } })))
  expect(error).toMatchObject({ code: 'train/diverged', facts: { step: 3, learningRates: { backbone: 0.01 } } })
})

test('a checkpoint remembers it', async () => {
  const onDiverged = { factor: 0.5, times: 1 }
  const undisturbed = await smallModel()
  await fineTune(undisturbed, optionsFor(undisturbed, [1], { onDiverged }))
  const directory = await directoryOf({})
  const stopped = await smallModel()
  const checkpoint = { directory, everySteps: 1 }
  for await (const event of fineTune(stopped, optionsFor(stopped, [1], { onDiverged, checkpoint })))
    if (event.type === 'step' && event.step === 3) break
  const model = await smallModel()
  const run = fineTune(model, optionsFor(model, [], { onDiverged, checkpoint, resume: 'auto' }))
  await run
  expect(tensorsOf(model)).toEqual(tensorsOf(undisturbed))
  expect(run.record.warnings).toHaveLength(1)
})
