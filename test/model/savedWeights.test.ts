import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { Model } from '../../src/model/Model.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { writeSafetensors } from '../../src/weights/writeSafetensors.js'
import { errorOf } from '../data/support.js'
import { expectClose } from '../support/compare.js'
import { resnet18Golden } from '../support/resnet18Golden.js'
import { resnet18Model } from '../support/resnet18Model.js'
import { runStock } from '../support/stockRuntime.js'

/** What PyTorch made of these very weights (test/interop/saved_weights.py). */
const pytorch = JSON.parse(readFileSync(new URL('../interop/saved_weights.json', import.meta.url), 'utf8')) as {
  readonly names: readonly string[]
  readonly logits: readonly number[]
}

test('saved weights have every name that torchvision asks for, and give the logits of PyTorch', async () => {
  const model = await resnet18Model()
  const saved = saveWeights(model)
  expect([...readSafetensors(saved).tensors.keys()].sort()).toEqual(pytorch.names)
  const { size } = await resnet18Golden()
  const { graph } = await loadBackbone('resnet18', { weights: saved, imageSize: size })
  const { logits } = await runStock(graph, { input: (await resnet18Golden()).images(0) })
  expectClose(logits, float32(pytorch.logits, [4, 3]), 1e-4, 'logits')
})

describe('saved weights say all that loadBackbone needs to know', () => {
  const classes = ['one', 'zwei', '三']
  const preprocessing = {
    resize: [40, 36],
    crop: 32,
    mean: [0.1, 0.2, 0.3],
    std: [1, 2, 3],
    grayscale: 'afterResize',
    autoOrient: false,
  } as const

  async function small(name = 'resnet18') {
    const model = replaceHead(await loadBackbone(name, { weights: 'none', width: 8, imageSize: 32 }), { classes })
    model.preprocessing = preprocessing
    return model
  }

  test.each(['resnet18', 'resnet34'])('width, image size, classes and preprocessing of %s', async (name) => {
    const model = await small(name)
    const loaded = await loadBackbone(name, { weights: saveWeights(model) })
    expect(loaded.preprocessing).toEqual(preprocessing)
    expect(loaded.classes).toEqual(classes)
    expect(loaded.graph.inputs).toEqual(model.graph.inputs)
    for (const tensor of [...model.parameters, ...model.buffers])
      expect(loaded.graph.initializers.get(tensor)).toEqual(model.get(tensor))
  })

  test.each(['multiLabel', 'regression'] as const)('the task: %s', async (task) => {
    const model = replaceHead(await small(), { classes, task })
    const loaded = await loadBackbone('resnet18', { weights: saveWeights(model) })
    expect(new Model({ ...loaded, classes }).task).toBe(task)
    expect(replaceHead(loaded, { classes }).task).toBe('classification')
    const plain = await loadBackbone('resnet18', { weights: saveWeights(await small()) })
    expect(plain.task).toBeUndefined()
  })

  test('the width of a transformer, whose first tensor is a token', async () => {
    const made = await loadBackbone('vit_b_16', { weights: 'none', width: 12, imageSize: 32, classes: 3 })
    const loaded = await loadBackbone('vit_b_16', { weights: saveWeights(replaceHead(made, { classes })) })
    expect(loaded.parameters).toEqual(made.parameters)
    expect(loaded.graph.initializers.get('class_token')).toEqual(made.graph.initializers.get('class_token'))
  })

  test('a transform that preprocessing cannot say stays with them', async () => {
    const model = await small()
    const inexpressible = { transform: 'invert', problem: 'it is a transform of your own' }
    model.preprocessing = { ...preprocessing, inexpressible }
    const loaded = await loadBackbone('resnet18', { weights: saveWeights(model) })
    expect(loaded.preprocessing).toEqual({ ...preprocessing, inexpressible })
  })

  test('options that say the same are taken, others are an error that names both', async () => {
    const weights = saveWeights(await small())
    await loadBackbone('resnet18', { weights, width: 8, imageSize: 32, classes })
    await loadBackbone('resnet18', { weights, classes: 3 })
    const wrong: [object, unknown, unknown][] = [
      [{ width: 16 }, 16, 8],
      [{ imageSize: 224 }, 224, 32],
      [{ classes: ['one', 'two', 'three'] }, ['one', 'two', 'three'], classes],
      [{ classes: 4 }, 4, 3],
    ]
    for (const [options, received, stored] of wrong) {
      const error = await errorOf(loadBackbone('resnet18', { weights, ...options }))
      expect(error.code).toBe('backbones/contradiction')
      expect(error.facts).toMatchObject({ option: Object.keys(options)[0], received, stored })
    }
  })

  test('a file without such metadata, or with that of another program, shows its width all the same', async () => {
    const { tensors } = readSafetensors(saveWeights(await small()))
    for (const metadata of [{}, { architecture: 'resnet18', classes: '3', preprocessing: 'none' }]) {
      const weights = writeSafetensors(tensors, new Map(Object.entries(metadata)))
      const { graph, preprocessing } = await loadBackbone('resnet18', { weights, imageSize: 64 })
      expect(graph.initializers.get('conv1.weight')!.dims[0]).toBe(8)
      expect(preprocessing).toMatchObject({ resize: 73, crop: 64, mean: [0.485, 0.456, 0.406] })
    }
  })
})
