import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { imageDataset } from '../../src/data/dataset/imageDataset.js'
import { planEpoch } from '../../src/data/loader/batch.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { firstAveraged } from '../../src/finetune/options/swaOptions.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { resize } from '../../src/transforms/resize.js'
import { rgbImage } from '../../src/transforms/rgbImage.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { directoryOf, errorOf } from '../data/support.js'
import { expectClose } from '../support/compare.js'
import { rejection, tensorsOf } from './support/smallRun.js'

type Numbers = Readonly<Record<string, readonly number[]>>
interface Golden {
  readonly from: number
  readonly orders: readonly (readonly (readonly number[])[])[]
  readonly weights: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: readonly number[] }>>
  readonly average: Numbers
  readonly reestimated: Numbers
  readonly loss: number
}
const golden = JSON.parse(readFileSync(new URL('../golden/swa/swa.json', import.meta.url), 'utf8')) as Golden

const SIDE = 4
const pixels = Uint8Array.from({ length: 6 * SIDE * SIDE * 3 }, (_, i) => (i * 89 + i * i * 7) % 256)
const size = SIDE * SIDE * 3
const data = imageDataset(
  Array.from({ length: 6 }, (_, i) => ({
    image: rgbImage(pixels.slice(i * size, (i + 1) * size), SIDE, SIDE),
    label: i % 2 ? 'b' : 'a',
  })),
  { classes: ['a', 'b'] },
)

/** The network of the golden file: a convolution, batch norm and a head. */
function network(): Model {
  const g = new GraphBuilder()
  for (const [name, { dims, data: values }] of Object.entries(golden.weights))
    g.initializer(name, float32(values, dims))
  g.initializer('bn.running_mean', float32([0, 0, 0, 0], [4]))
  g.initializer('bn.running_var', float32([1, 1, 1, 1], [4]))
  const x = g.input('input', 'float32', ['N', 3, SIDE, SIDE])
  const maps = g.op('Conv', [x, 'conv.weight', 'conv.bias'], { pads: [1, 1, 1, 1] })
  const normal = g.op('BatchNormalization', [maps, 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'], {
    epsilon: 1e-5,
    momentum: 0.9,
  })
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Relu', [normal])])])
  g.output(g.op('Gemm', [pooled, 'fc.weight', 'fc.bias'], { transB: 1 }, { outputs: ['logits'] }), 'float32', ['N', 2])
  return new Model({
    architecture: 'small',
    graph: g.graph,
    parameters: Object.keys(golden.weights),
    buffers: ['bn.running_mean', 'bn.running_var'],
    head: { weight: 'fc.weight', bias: 'fc.bias' },
    classes: ['a', 'b'],
    preprocessing: { resize: SIDE, crop: SIDE, mean: [0, 0, 0], std: [1, 1, 1] },
  })
}

function begin(more: Partial<FineTuneOptions>) {
  const model = network()
  const view = compose([resize(SIDE), centerCrop(SIDE), toTensor()])
  const views = { trainTransform: view, validationTransform: view }
  const how = { batchSize: 2, epochs: 4, seed: 0, workers: 0, threads: 1, ...views, ...more }
  const optimizer = sgd(paramGroups(model, { lr: 0.2 }))
  return { model, run: fineTune(model, { train: data, validation: data, optimizer, ...how }) }
}

function expectTensors(model: Model, expected: Numbers): void {
  for (const [name, values] of Object.entries(expected))
    expectClose(model.get(name), float32(values, model.get(name).dims), 2e-5, name)
}

test('the batches are those of the golden file', () => {
  const plan = { batchSize: 2, shuffle: true, dropLast: false, seed: 0 }
  const orders = golden.orders.map((_, epoch) => planEpoch(6, plan, epoch).map((batch) => [...batch]))
  expect(orders).toEqual(golden.orders)
})

describe('as torch.optim.swa_utils', () => {
  test('the average of the last epochs, with statistics of its own, which the last validation measures', async () => {
    const { model, run } = begin({ swa: { from: golden.from } })
    const { validation } = await run
    expectTensors(model, golden.average)
    expect(validation!.loss).toBeCloseTo(golden.loss, 5)
    expect(run.record.settings.swa).toEqual({ from: 3 })
    expect(await run.weights()).toEqual(tensorsOf(model))
  })

  test('statistics that are re-estimated at the end, of the weights themselves', async () => {
    const { model, run } = begin({ batchNorm: 'reestimated' })
    await run
    expectTensors(model, golden.reestimated)
  })
})

test('a run that goes on from a checkpoint has the average of one that was never stopped', async () => {
  const whole = begin({ swa: { from: 3 } })
  await whole.run
  const checkpoint = { directory: join(await directoryOf({}), 'run') }
  const controller = new AbortController()
  const stopped = begin({ swa: { from: 3 }, checkpoint, signal: controller.signal })
  const follow = async () => {
    for await (const event of stopped.run)
      if (event.type === 'step' && event.epoch === 4 && event.step === 2) controller.abort()
  }
  expect(await rejection(follow())).toBe(controller.signal.reason)
  const resumed = begin({ swa: { from: 3 }, checkpoint, resume: 'auto' })
  await resumed.run
  expect(tensorsOf(resumed.model)).toEqual(tensorsOf(whole.model))
})

test('the default is the last quarter of the epochs', () => {
  expect([1, 4, 8, 10].map((epochs) => firstAveraged({ swa: {}, epochs }))).toEqual([1, 4, 7, 8])
  expect(firstAveraged({ swa: { from: 2 }, epochs: 8 })).toBe(2)
})

test('what would end a run elsewhere, or with other weights, is refused', async () => {
  for (const more of [{ ema: {} }, { keep: 'best' }, { patience: 2 }, { budget: 9 }] as const) {
    const promise = (async () => begin({ swa: {}, ...more }).run)()
    expect(await errorOf(promise)).toMatchObject({ code: 'options/invalid', facts: { option: 'fineTune: swa' } })
  }
  expect(await errorOf((async () => begin({ swa: { from: 5 } }).run)())).toMatchObject({
    facts: { option: 'fineTune: swa.from' },
  })
})
