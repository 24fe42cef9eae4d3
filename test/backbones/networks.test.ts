import { expect, test } from 'vitest'
import { architectures } from '../../src/backbones/architectures.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { recogniseBackbone } from '../../src/backbones/recogniseBackbone.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { writeModel } from '../../src/onnx/format/write.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { writeSafetensors } from '../../src/weights/writeSafetensors.js'
import { gaussian } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

/** The narrowest network of a family that is not tiny. */
const narrow = ({ defaultWidth, widthStep = 1 }: (typeof architectures)[number]): number =>
  widthStep === 'fixed' ? defaultWidth : Math.ceil(8 / widthStep) * widthStep

test.each(architectures)('$name is recognised by its tensors', (architecture) => {
  const width = narrow(architecture)
  const imageSize = 4 * (architecture.patchSize ?? 16)
  const { tensors } = architecture.build({ classes: 3, imageSize, width })
  const shapes = new Map(tensors.map(({ name, dims }) => [name, { dims }]))
  // The positions of a vision transformer are for images of one size.
  const isSized = ['vit_b_16', 'deit_small_patch16_224', 'dinov2_vits14'].includes(architecture.name)
  const expected = { backbone: architecture.name, width, classes: 3, ...(isSized && { imageSize }) }
  expect(recogniseBackbone(shapes)).toEqual(expected)
})

test.each([
  ['resnext50_32x4d', { width: 24 }, 'backbones/width', 'multiples of 16, such as its own 64'],
  ['mobilenet_v2', { width: 20 }, 'backbones/width', 'multiples of 8, such as its own 32'],
  ['regnet_y_400mf', { width: 16 }, 'backbones/width', 'Allowed: 32 alone'],
  ['vgg11_bn', { imageSize: 31 }, 'backbones/image-size', 'must be at least 32'],
  ['convnext_tiny', { imageSize: 31 }, 'backbones/image-size', 'must be at least 32'],
  ['vit_b_16', { imageSize: 15 }, 'backbones/image-size', 'must be at least 16'],
  ['vit_b_16', { imageSize: 40 }, 'backbones/image-size', 'must be a multiple of 16. Received: 40'],
  ['vit_b_16', { width: 50 }, 'backbones/width', 'multiples of 12, such as its own 768'],
  ['dinov2_vits14', { imageSize: 32 }, 'backbones/image-size', 'must be a multiple of 14. Received: 32'],
  ['deit_small_patch16_224', { width: 50 }, 'backbones/width', 'multiples of 6, such as its own 384'],
])('%s has not the sizes %j', async (name, sizes, code, said) => {
  const error = await loadBackbone(name, { weights: 'none', ...sizes }).catch((error) => error)
  expect(error).toMatchObject({ code })
  expect(error.message).toContain(said)
})

test('the size of images is that of the published weights', async () => {
  const { preprocessing } = await loadBackbone('efficientnet_b1', { weights: 'none', width: 8 })
  expect(preprocessing).toMatchObject({ resize: 256, crop: 240 })
})

test("DenseNet's published file names its layers as they were named in 2017", async () => {
  const options = { width: 8, imageSize: 32, classes: 3 }
  const { graph } = await loadBackbone('densenet121', { weights: 'none', ...options })
  const old = [...graph.initializers].map(
    ([name, tensor]) => [name.replace(/(denselayer\d+\.(?:norm|conv))([12])/, '$1.$2'), tensor] as const,
  )
  expect(old.filter(([name]) => name.includes('norm.1.weight'))).toHaveLength(58)
  const read = await loadBackbone('densenet121', { weights: writeSafetensors(new Map(old)), ...options })
  expect(read.graph.initializers).toEqual(graph.initializers)
})

test.each(['mobilenet_v3_small', 'shufflenet_v2_x1_0', 'squeezenet1_1', 'efficientnet_b0'])(
  '%s takes a new head, is exported, saved and read again',
  async (name) => {
    const width = narrow(architectures.find((architecture) => architecture.name === name)!)
    const backbone = await loadBackbone(name, { weights: 'none', width, imageSize: 64, classes: 5 })
    const model = replaceHead(backbone, { classes: ['a', 'b', 'c'], from: { a: 4 } })
    const input = gaussian([2, 3, 64, 64], name)
    const { logits } = (await runStock(model.graph, { input })) as { logits: Tensor }
    expect(logits.dims).toEqual([2, 3])

    const saved = await loadBackbone(name, { weights: saveWeights(model) })
    expect(saved).toMatchObject({ classes: ['a', 'b', 'c'], preprocessing: { crop: 64 } })
    expectClose((await runStock(saved.graph, { input })).logits, logits, 1e-6, 'logits of the saved weights')

    const imported = await loadOnnxBackbone(writeModel(model.graph))
    expect(imported.parameters).toEqual(model.parameters)
    expectClose((await runStock(imported.graph, { input })).logits, logits, 1e-6, 'logits of the imported graph')

    const classifier = await loadClassifier(await exportClassifier(model, undefined, { threads: 1 }), { threads: 1 })
    try {
      expect(classifier.classes).toEqual(['a', 'b', 'c'])
    } finally {
      await classifier.release()
    }
  },
)
