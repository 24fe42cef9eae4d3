import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { directoryOf } from '../data/support.js'
import { relativeError } from '../support/compare.js'
import { images, rejection, smallModel, tensorsOf } from './support/smallRun.js'

const train = await images(12, 0)
/** Labels that fit less and less as the network learns: the first epochs are the best. */
const others = await images(8, 1)
const validation: ImageDataset = {
  ...others,
  samples: others.samples.map((sample) => ({ ...sample, label: 1 - sample.label })),
}

const optionsFor = (model: Model, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  ...{ train, validation, epochs: 6, batchSize: 6, workers: 0, threads: 1 },
  optimizer: sgd(paramGroups(model, { lr: 0.05 })),
  ...more,
})

/** Weights and validation loss of every epoch, and what the run came to. */
async function follow(more: Partial<FineTuneOptions>) {
  const model = await smallModel()
  const run = fineTune(model, optionsFor(model, more))
  const epochs: { weights: Record<string, Tensor>; loss: number; isBest: boolean | undefined }[] = []
  for await (const event of run)
    if (event.type === 'epoch')
      epochs.push({ weights: tensorsOf(model), loss: event.validation!.loss, isBest: event.isBest })
  return { model, epochs, result: await run }
}

test('keep: best gives the weights of the best epoch, of which the result tells; patience ends the run', async () => {
  const last = await follow({ metric: 'loss' })
  const losses = last.epochs.map(({ loss }) => loss)
  const best = losses.indexOf(Math.min(...losses))
  expect(best).toBeLessThan(3)
  expect(last.epochs.map(({ isBest }) => isBest)).toEqual(
    losses.map((loss, i) => losses.slice(0, i).every((before) => loss < before)),
  )
  expect(last.result).toMatchObject({ bestEpoch: best + 1, validation: { loss: losses[5] } })
  expect(tensorsOf(last.model)).toEqual(last.epochs[5]!.weights)

  const kept = await follow({ metric: 'loss', keep: 'best', patience: 2 })
  expect(kept.epochs).toEqual(last.epochs.slice(0, best + 3))
  expect(tensorsOf(kept.model)).toEqual(last.epochs[best]!.weights)
  expect(kept.result).toMatchObject({ bestEpoch: best + 1, validation: { loss: losses[best] } })
})

test('the best weights outlast a stop', async () => {
  const whole = await follow({ metric: 'loss', keep: 'best', epochs: 4 })
  const checkpoint = { directory: join(await directoryOf({}), 'run') }
  const model = await smallModel()
  const options = { metric: 'loss', keep: 'best', epochs: 4, checkpoint } as const
  for await (const event of fineTune(model, optionsFor(model, options)))
    if (event.type === 'epoch' && event.epoch === 3) break
  const other = await smallModel()
  const result = await fineTune(other, optionsFor(other, { ...options, resume: 'auto' }))
  expect(result.bestEpoch).toBe(whole.result.bestEpoch)
  expect(tensorsOf(other)).toEqual(tensorsOf(whole.model))
})

test('best and patience want a validation set', async () => {
  const model = await smallModel()
  for (const more of [{ keep: 'best' as const }, { patience: 1 }])
    expect(() => fineTune(model, optionsFor(model, { ...more, validation: undefined }))).toThrow(/no validation/)
})

test('gradients are clipped by value and by norm, as PyTorch does it', async () => {
  const grown = async (clipGradients: FineTuneOptions['clipGradients']) => {
    const model = await smallModel()
    freeze(model, /^(?!fc)/)
    const before = tensorsOf(model)
    const once = { ...train, samples: train.samples.slice(0, 6) }
    const optimizer = sgd(paramGroups(model, { lr: 1 }))
    await fineTune(model, optionsFor(model, { train: once, epochs: 1, optimizer, clipGradients, cacheFeatures: false }))
    const moved = (name: string) => model.get(name).data.map((value, i) => (before[name]!.data[i] as number) - value)
    return [...moved('fc.weight'), ...moved('fc.bias')]
  }
  const free = await grown(undefined)
  const norm = (values: number[]) => Math.hypot(...values)
  const tensor = (values: number[]): Tensor => ({
    type: 'float32',
    dims: [values.length],
    data: Float32Array.from(values),
  })
  const close = async (limits: FineTuneOptions['clipGradients'], expected: number[]) =>
    expect(relativeError(tensor(await grown(limits)), tensor(expected))).toBeLessThan(1e-4)
  const byValue = (most: number) => free.map((value) => Math.min(Math.max(value, -most), most))
  const byNorm = (values: number[], most: number) =>
    values.map((value) => value * Math.min(1, most / (norm(values) + 1e-6)))
  const half = Math.max(...free.map(Math.abs)) / 2
  await close({ norm: norm(free) / 3 }, byNorm(free, norm(free) / 3))
  await close({ norm: norm(free) * 3 }, free)
  await close({ value: half }, byValue(half))
  await close({ value: half, norm: norm(free) / 5 }, byNorm(byValue(half), norm(free) / 5))
})

test('a run that is paused takes no step until it is resumed, and ends when it is aborted', async () => {
  const model = await smallModel()
  const controller = new AbortController()
  const run = fineTune(model, optionsFor(model, { epochs: 3, signal: controller.signal }))
  const seen: string[] = []
  const end = rejection(
    (async () => {
      for await (const { type } of run) {
        if (type !== 'step') continue
        seen.push(type)
        if (seen.length === 2 || seen.length === 4) run.pause()
      }
    })(),
  )
  const reached = async (count: number) => {
    while (seen.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(seen).toHaveLength(count)
  }
  await reached(2)
  const weights = await run.weights()
  run.resume()
  await reached(4)
  expect(await run.weights()).not.toBe(weights)
  controller.abort()
  expect(await end).toBe(controller.signal.reason)
  expect(seen).toHaveLength(4)
})

test('a listener that leaves at the end leaves the checkpoint of the last step as it was', async () => {
  const model = await smallModel()
  const directory = join(await directoryOf({}), 'run')
  const options = { metric: 'loss', keep: 'best', epochs: 4, checkpoint: { directory } } as const
  let last: Record<string, Tensor> = {}
  for await (const { type } of fineTune(model, optionsFor(model, options))) {
    if (type === 'epoch') last = tensorsOf(model)
    if (type === 'done') break
  }
  const { tensors } = readSafetensors(await readFile(join(directory, 'step-00000008.safetensors')))
  expect(Object.fromEntries(Object.keys(last).map((name) => [name, tensors.get(name)]))).toEqual(last)
  expect(tensorsOf(model)).not.toEqual(last)
})
