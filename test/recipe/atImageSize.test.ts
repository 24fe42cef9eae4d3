import { describe, expect, test } from 'vitest'
import { architectures } from '../../src/backbones/architectures.js'
import { schema } from '../../src/backbones/loadBackboneOptions.js'
import { fromSeed } from '../../src/backbones/makeBackbone.js'
import { resnet } from '../../src/backbones/resnet.js'
import { Model } from '../../src/model/Model.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { zeros } from '../../src/onnx/graph/tensor.js'
import { atImageSize } from '../../src/recipe/atImageSize.js'
import { imageFeatures } from '../../src/recipe/imageFeatures.js'
import { checkAutomatic, outputOptions } from '../../src/recipe/options.js'
import { tune } from '../../src/recipe/tryTuning.js'
import { tuningRun } from '../../src/recipe/tuning.js'
import { images, tensorsOf } from '../finetune/support/smallRun.js'
import { settings } from '../support/where.js'

/** Networks that compute with the size of their images: positions, windows, tokens, channels in groups, a head on maps. */
const OF_ONE_SIZE = /^(vit|deit|dinov2|swin|convnext|shufflenet|vgg)/

const { mean, std } = architectures[0]!

/** A network whose tensors are zeros. */
function emptyModel({ name, head, ...architecture }: (typeof architectures)[number], imageSize: number): Model {
  const { defaultWidth, widthStep = 1 } = architecture
  const width = widthStep === 'fixed' ? defaultWidth : Math.ceil(8 / widthStep) * widthStep
  const { graph, tensors } = architecture.build({ classes: 3, imageSize, width })
  for (const tensor of tensors) graph.initializers.set(tensor.name, zeros('float32', tensor.dims))
  const named = (role: string) => tensors.filter((tensor) => tensor.role === role).map((tensor) => tensor.name)
  const preprocessing = { resize: imageSize, crop: imageSize, mean, std }
  return new Model({
    ...{ architecture: name, graph, parameters: named('parameter'), buffers: named('buffer'), head },
    ...{ classes: ['a', 'b', 'c'], preprocessing },
  })
}

const partsOf = ({ inputs, nodes, outputs, initializers }: Graph) => {
  const tensors = [...initializers].map(([name, { type, dims }]) => [name, type, dims])
  return { inputs, nodes, outputs, tensors }
}

describe('a network for smaller images', () => {
  test.each(architectures)('is that of its architecture, or none: $name', (architecture) => {
    const { name, patchSize = 16 } = architecture
    const model = emptyModel(architecture, 8 * patchSize)
    const smaller = atImageSize(model, 6 * patchSize)
    if (OF_ONE_SIZE.test(name)) expect(smaller).toBeUndefined()
    else expect(partsOf(smaller!.graph)).toEqual(partsOf(emptyModel(architecture, 6 * patchSize).graph))
    expect(model.inputSize.height).toBe(8 * patchSize)
  })

  test('trains to the weights that it would have if it had been made for them', async () => {
    const architecture = resnet('resnet10', { blocks: [1, 1, 1, 1] })
    const modelOf = (imageSize: number) =>
      replaceHead(fromSeed(architecture, schema.parse({ weights: 'none', imageSize, width: 8, classes: 3 })), {
        classes: ['blue', 'red'],
      })
    const train = await images(8, 0)
    const options = checkAutomatic({ recipe: 'auto', train, batchSize: 4, workers: 0, ...settings })
    const [model, small] = [modelOf(64), modelOf(48)]
    const features = await imageFeatures(model, train, new Uint32Array(8), {
      ...outputOptions(options),
      onError: 'throw',
    })
    const run = { options, surroundings: { begins() {}, resumes() {}, records() {} }, kept: undefined }
    const before = tensorsOf(model)
    const form = { name: 'training', epochs: 1, seconds: undefined, imageSize: 48 }
    for await (const event of tune(run, model, [...train.samples.keys()], features, form)) void event
    await tuningRun(small, train, form, options)
    expect(tensorsOf(model)).toEqual(tensorsOf(small))
    expect(tensorsOf(model)).not.toEqual(before)
    expect(model.preprocessing.crop).toBe(64)
  })
})
