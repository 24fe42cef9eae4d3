import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { thorough } from '../support/thorough.js'

const pathOf = (name: string) => fileURLToPath(new URL(`../golden/keras/${name}`, import.meta.url))
const golden = readSafetensors(readFileSync(pathOf('golden.safetensors'))).tensors as Map<string, Tensor<'float32'>>
const images = golden.get('images')!
const labels = golden.get('labels')!
const classes = ['a', 'b', 'c', 'd', 'e']
/** The images are numbers from 0 to 255, and the model scales them. */
const options = { classes, preprocessing: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } }

describe.each([
  ['squeezed', 0],
  ['reduced', 0],
  ['kept', 1],
  ['flattened', 1],
] as const)('%s', async (name, transposes) => {
  const backbone = await loadOnnxBackbone(pathOf(`${name}.onnx`), options)
  const { graph } = backbone
  const logits = golden.get(`${name}/logits`)!

  test('takes images of the usual layout, and gives the logits of PyTorch', async () => {
    expect(graph.inputs).toEqual([{ name: 'input', type: 'float32', shape: ['N', 3, 16, 16] }])
    expectClose((await runStock(graph, { input: images })).logits, logits, 1e-5, name)
    const one = float32(images.data.slice(0, images.data.length / 4), [1, 3, 16, 16])
    expect((await runStock(graph, { input: one })).logits!.dims).toEqual([1, 5])
  })

  test('has no Transpose that another undoes', () => {
    const operators = graph.nodes.map(({ opType }) => opType)
    expect(operators.filter((operator) => operator === 'Transpose')).toHaveLength(transposes)
    expect(operators.includes('GlobalAveragePool')).toBe(name !== 'flattened')
    expect(
      graph.nodes.filter(({ opType }) => opType === 'Conv').map(({ attributes }) => attributes.pads),
    ).toContainEqual({
      type: 'ints',
      value: [0, 0, 1, 1],
    })
  })
})

// The layouts of the rest are the same; the WebAssembly build takes seconds to write each step.
const steps = [
  ['squeezed', 'onnxruntime-node'],
  ['flattened', 'onnxruntime-node'],
  ...(thorough
    ? ([
        ['reduced', 'onnxruntime-node'],
        ['kept', 'onnxruntime-node'],
        ['flattened', 'onnxruntime-web'],
      ] as const)
    : []),
] as const

test.each(steps)('%s takes the steps of PyTorch on %s', async (name, runtime) => {
  const model = new Model({ ...(await loadOnnxBackbone(pathOf(`${name}.onnx`), options)), classes })
  const optimizer = sgd(paramGroups(model, { lr: 1, headLrMultiplier: 1 }), { momentum: 0 })
  const loss = { type: 'crossEntropy', reduction: 'mean' } as const
  const artifacts = await generateArtifacts(model, { requiresGrad: model.trainable, loss, optimizer })
  const session = await TrainingEngine.create({ artifacts, runtime, threads: 1 })
  const first = golden.get(`${name}/loss`)!.data[0]!
  try {
    const before = await session.getParameters()
    const lossOf = async () => {
      const step = await session.updateStep({ input: images, labels })
      return Number(step[session.loss]!.data[0])
    }
    expect(await lossOf()).toBeCloseTo(first, 5)
    const after = await session.getParameters()
    // A convolution and the two tensors of its batch norm, five times; the shift; the head.
    expect(model.trainable).toHaveLength(5 * 3 + 1 + 2)
    for (const parameter of model.trainable) {
      const [old, now] = [before[parameter], after[parameter]] as [Tensor<'float32'>, Tensor<'float32'>]
      const expected = golden.get(`${name}/${parameter}`)!
      expect(now.dims, parameter).toEqual(parameter === 'shift' ? [1, 8, 1, 1] : expected.dims)
      // The learning rate is 1.
      expectClose(
        float32(
          old.data.map((value, i) => value - now.data[i]!),
          expected.dims,
        ),
        expected,
        1e-4,
        parameter,
      )
    }
    for (let more = 0; more < 5; more++) await lossOf()
    expect(await lossOf()).toBeLessThan(first / 2)
  } finally {
    await session.release()
  }
})

test('what is exported gives the same scores, and loads again', async () => {
  const model = new Model({ ...(await loadOnnxBackbone(pathOf('flattened.onnx'), options)), classes })
  const bytes = await exportClassifier(model)
  const { graph, preprocessing, classes: names } = await loadOnnxBackbone(bytes)
  expect(names).toEqual(classes)
  expect(preprocessing).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1], crop: 16 })
  // The file scales images from 0 to 1 to those from 0 to 255.
  const unit = float32(
    images.data.map((value) => value / 255),
    images.dims,
  )
  expectClose((await runStock(graph, { input: unit })).logits, golden.get('flattened/logits')!, 1e-4, 'exported')
})
