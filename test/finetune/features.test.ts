import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { splitAtTrainable } from '../../src/finetune/features/splitAtTrainable.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { testViews } from '../../src/finetune/options/defaultTransforms.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { compose } from '../../src/transforms/compose.js'
import { failure, images, smallModel } from './support/smallRun.js'

const train = await images(21, 0)
const validation = await images(10, 1)

async function frozenModel(upTo: string): Promise<Model> {
  const model = await smallModel()
  freeze(model, { upTo })
  return model
}

async function run(model: Model, more: Partial<FineTuneOptions>): Promise<FineTuneEvent[]> {
  const optimizer = sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2, momentum: 0.9 }))
  const options = { train, validation, epochs: 3, batchSize: 8, optimizer, workers: 0, threads: 1, ...more }
  const events: FineTuneEvent[] = []
  for await (const event of fineTune(model, options)) events.push(event)
  return events
}

/** Epochs in which images went through the frozen front. */
const epochsOf = (events: readonly FineTuneEvent[], dataset: 'train' | 'validation'): number[] => [
  ...new Set(events.flatMap((event) => (event.type === 'featureStep' && event.dataset === dataset ? event.epoch : []))),
]

function expectSameRun(model: Model, events: readonly FineTuneEvent[], other: Model, others: readonly FineTuneEvent[]) {
  const numbers = (of: readonly FineTuneEvent[]) =>
    of.flatMap((event) =>
      event.type === 'epoch'
        ? [event.trainLoss, event.trainAccuracy, event.validation!.loss, event.validation!.accuracy]
        : [],
    )
  for (const [i, number] of numbers(events).entries()) expect(number).toBeCloseTo(numbers(others)[i]!, 5)
  for (const name of [...model.parameters, ...model.buffers]) {
    const expected = other.get(name).data
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
    const error = model.get(name).data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
    expect(error / scale, name).toBeLessThan(1e-4)
  }
}

describe('a model is cut', () => {
  test('before its head, and before its last stage', async () => {
    const head = splitAtTrainable(await frozenModel('layer4'))!
    expect(head.features.map(({ shape }) => shape)).toEqual([['N', 64]])
    expect(head.tail.nodes.map(({ opType }) => opType)).toEqual(['Gemm'])
    expect([...head.tail.initializers.keys()].sort()).toEqual(['fc.bias', 'fc.weight'])

    const stage = splitAtTrainable(await frozenModel('layer3'))!
    expect(stage.features.map(({ shape }) => shape)).toEqual([['N', 32, 3, 3]])
    expect(stage.tail.initializers.has('layer4.0.bn1.running_mean')).toBe(true)
  })

  test('either part has what it needs of what is worked out from constants alone', async () => {
    const model = await frozenModel('layer4')
    const g = new GraphBuilder(model.graph)
    const nodes = model.graph.nodes
    model.graph.nodes = []
    const none = g.op('Neg', [g.initializer('zeros', float32([0, 0, 0, 0], [4]))], {}, { outputs: ['none'] })
    model.graph.nodes.push(...nodes)
    for (const op of ['Conv', 'Gemm']) nodes.find(({ opType }) => opType === op)!.inputs[2] = none
    nodes.find(({ opType }) => opType === 'Gemm')!.inputs[2] = g.op('Slice', [none, g.ints(0), g.ints(2)])
    model.graph.nodes = [model.graph.nodes[0]!, model.graph.nodes.pop()!, ...nodes]
    const { front, tail } = splitAtTrainable(model)!
    for (const part of [front, tail]) {
      expect(part.nodes.filter(({ outputs }) => outputs.includes('none'))).toHaveLength(1)
      expect(part.initializers.has('zeros')).toBe(true)
    }
    expect(front.nodes.some(({ opType }) => opType === 'Slice')).toBe(false)
  })

  test('nowhere, if its first layer trains', async () => {
    expect(splitAtTrainable(await smallModel())).toBeUndefined()
    const model = await frozenModel('layer4')
    model.frozen.delete('conv1.weight')
    expect(splitAtTrainable(model)).toBeUndefined()
  })
})

describe('features that are computed once', () => {
  test.each(['layer3', 'layer4'])('train what images would have trained, frozen up to %s', async (upTo) => {
    const [model, other] = [await frozenModel(upTo), await frozenModel(upTo)]
    const trainTransform = testViews(model.preprocessing)
    const events = await run(model, { trainTransform })
    expect(epochsOf(events, 'train')).toEqual([1])
    expect(epochsOf(events, 'validation')).toEqual([1])
    const others = await run(other, { trainTransform, cacheFeatures: false })
    expect(epochsOf(others, 'train')).toEqual([])
    expectSameRun(model, events, other, others)
  })

  test('of several random views take turns', async () => {
    const [model, other] = [await frozenModel('layer4'), await frozenModel('layer4')]
    const events = await run(model, { cacheFeatures: { views: 2 } })
    expect(epochsOf(events, 'train')).toEqual([1, 2])
    const twoEpochs = await frozenModel('layer4')
    const cached = await run(twoEpochs, { cacheFeatures: { views: 2 }, epochs: 2 })
    expectSameRun(twoEpochs, cached, other, await run(other, { epochs: 2 }))
  })

  test('are in the record of the run', async () => {
    const model = await frozenModel('layer4')
    const optimizer = sgd(paramGroups(model, { lr: 0.02 }))
    const viewsOf = (cacheFeatures?: FineTuneOptions['cacheFeatures']) =>
      fineTune(model, { train, optimizer, cacheFeatures }).record.settings.featureViews
    expect([viewsOf(), viewsOf(true), viewsOf({ views: 2 })]).toEqual([undefined, 1, 2])
  })

  test('are for whoever asks, or where chance has no part and they fit into the cache', async () => {
    const model = await frozenModel('layer4')
    const trainTransform = testViews(model.preprocessing)
    expect(epochsOf(await run(model, { epochs: 1 }), 'train')).toEqual([])
    expect(epochsOf(await run(model, { epochs: 1, trainTransform, cacheBytes: 31 * 64 * 4 - 1 }), 'train')).toEqual([])
    expect(epochsOf(await run(model, { epochs: 1, trainTransform, cacheBytes: 31 * 64 * 4 }), 'train')).toEqual([1])
    expect(epochsOf(await run(model, { epochs: 1, cacheFeatures: true }), 'train')).toEqual([1])

    const error = await failure(run(await smallModel(), { cacheFeatures: true }))
    expect(error).toMatchObject({ code: 'options/invalid', facts: { option: 'fineTune: cacheFeatures' } })
  })

  test('outlast a run in a directory, until something that they depend on changes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'features-'))
    const cacheFeatures = { views: 2, directory: join(directory, 'new') }
    const trained = async (more: Partial<FineTuneOptions> = {}) => {
      const model = await frozenModel('layer4')
      const events = await run(model, { epochs: 2, cacheFeatures, ...more })
      return { model, events, epochs: [epochsOf(events, 'train'), epochsOf(events, 'validation')] }
    }
    const first = await trained()
    expect(first.epochs).toEqual([[1, 2], [1]])
    const files = await readdir(cacheFeatures.directory)
    expect(files).toHaveLength(3)

    const second = await trained()
    expect(second.epochs).toEqual([[], []])
    expectSameRun(second.model, second.events, first.model, first.events)

    expect((await trained({ seed: 1 })).epochs).toEqual([[1, 2], [1]])
    const other: ImageDataset = { ...train, read: (index) => train.read!(index === 0 ? 2 : index) }
    expect((await trained({ train: other })).epochs).toEqual([[1, 2], []])
    const [cut, damaged, large] = files.map((file) => join(cacheFeatures.directory, file))
    await truncate(cut!, (await stat(cut!)).size - 4)
    const bytes = await readFile(damaged!)
    bytes[bytes.length - 9]! ^= 1
    await writeFile(damaged!, bytes)
    // Sparse: it takes no room.
    await truncate(large!, 2 ** 31 + 1)
    expect((await trained()).epochs).toEqual([[1, 2], [1]])
    expect((await trained()).epochs).toEqual([[], []])
    await rm(directory, { recursive: true })
  })

  test('need a directory that can be written, and transforms that can be recognised', async () => {
    const [directory, model] = [await mkdtemp(join(tmpdir(), 'features-')), await frozenModel('layer4')]
    const file = join(directory, 'file')
    await writeFile(file, '')
    expect(await failure(run(model, { cacheFeatures: { directory: file } }))).toMatchObject({
      code: 'train/features-not-kept',
      facts: { file: expect.stringContaining(file) },
    })
    const same = { name: 'same', apply: (tensor: never) => tensor }
    const trainTransform = compose([...testViews(model.preprocessing).steps, same] as never)
    const error = await failure(run(model, { trainTransform, cacheFeatures: { directory } }))
    expect(error).toMatchObject({ code: 'options/invalid', message: expect.stringMatching(/same is a transform/) })
    await rm(directory, { recursive: true })
  })

  test('of an image that cannot be read are left out, epoch after epoch', async () => {
    const broken: ImageDataset = {
      ...train,
      read: async (index) => (index === 3 ? Uint8Array.of(1, 2, 3) : train.read!(index)),
    }
    const events = await run(await frozenModel('layer4'), { train: broken, cacheFeatures: true, onError: 'skip' })
    const epochs = events.filter((event) => event.type === 'epoch')
    expect(epochs.map(({ skipped }) => skipped.map(({ source }) => source))).toEqual(
      Array(3).fill([['image 3']].flat()),
    )
    const examples = events.flatMap((event) => (event.type === 'step' ? event.examples : []))
    expect(examples.reduce((sum, count) => sum + count, 0)).toBe(3 * 20)
  })
})
