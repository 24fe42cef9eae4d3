import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import type { Backbone } from '../../src/backbones/Backbone.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

// Files of tf2onnx itself; those of test/golden/keras are written in its manner.
const pathOf = (name: string) => fileURLToPath(new URL(`../golden/tf2onnx/${name}`, import.meta.url))
const golden = readSafetensors(readFileSync(pathOf('golden.safetensors'))).tensors as Map<string, Tensor<'float32'>>
const images = golden.get('images')!
const classes = ['a', 'b', 'c', 'd', 'e']
/** Images of numbers from 0 to 255, as these networks take them. */
const load = (name: string) =>
  loadOnnxBackbone(pathOf(`${name}.onnx`), {
    classes,
    preprocessing: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
  })

describe.each([
  // Parameters, buffers, batch norms that are gone, Transposes that are left.
  ['mobile', 3 * 2 + 3 + 4, 0, 4, 0],
  ['mobile-kept', 4 * 3 + 1 + 2, 8, 0, 0],
  ['plain', 4 * 2, 0, 0, 1],
  ['excited', 11, 0, 1, 0],
  ['normed', 16, 0, 0, 2],
  ['fresh-kept', 5 + 4 + 3 * 2 + 2, 6, 0, 0],
] as const)('%s', async (name, parameters, buffers, folded, transposes) => {
  const backbone = await load(name)
  const { graph, warnings = [] } = backbone

  test('gives the logits of Keras, for any number of images', async () => {
    const logits = golden.get(`${name.replace('-kept', '')}/logits`)!
    expectClose((await runStock(graph, { input: images })).logits, logits, 1e-5, name)
    const one = float32(images.data.slice(0, images.data.length / 4), [1, 3, 16, 16])
    expectClose((await runStock(graph, { input: one })).logits, float32(logits.data.slice(0, 5), [1, 5]), 1e-5, name)
  })

  test('has its parameters, each with one reader', () => {
    expect(backbone.parameters).toHaveLength(parameters)
    expect(backbone.buffers).toHaveLength(buffers)
    for (const parameter of [...backbone.parameters, ...backbone.buffers])
      expect(graph.nodes.filter(({ inputs }) => inputs.includes(parameter)).map(({ name }) => name)).toHaveLength(1)
  })

  test('computes no shapes, and turns axes only where a layer needs it', () => {
    const operators = graph.nodes.map(({ opType }) => opType)
    expect(operators.filter((operator) => operator === 'Transpose')).toHaveLength(transposes)
    for (const operator of ['Shape', 'Gather', 'Cast', 'ReduceProd']) expect(operators).not.toContain(operator)
  })

  test('tells which batch norms are gone', () => {
    expect(warnings).toMatchObject(folded ? [{ code: 'folded-batch-norm', count: folded }] : [])
    if (folded) expect(warnings[0]!.message).toContain('"Batch norm of Keras"')
  })

  test('what is exported gives the same scores, and loads again', async () => {
    const model = replaceHead(backbone, { classes: ['x', 'y'] })
    const expected = (await runStock(model.graph, { input: images })).logits
    const again = await loadOnnxBackbone(await exportClassifier(model))
    const unit = float32(
      images.data.map((value) => value / 255),
      images.dims,
    )
    expectClose((await runStock(again.graph, { input: unit })).logits, expected, 1e-5, name)
  })
})

test('batch norms that are no convolution any more are told apart', async () => {
  const { warnings = [] } = await load('mobile')
  expect(warnings[0]!.message).toMatch(
    /^4 batch norms are folded into convolutions \(the first into Conv__\d+\) or left as a scale and a shift \(the first as mobile_1\/depthwise_norm_1\/batchnorm\/mul_1\)/,
  )
})

test('constants that tf2onnx made inputs are named', async () => {
  const graph = readModel(readFileSync(pathOf('excited.onnx')))
  graph.inputs.push({ name: 'normalization/Sub/y:0', type: 'float32', shape: [1, 1, 1, 3] })
  await expect(loadOnnxBackbone(writeModel(graph))).rejects.toMatchObject({
    code: 'backbones/not-a-classifier',
    facts: { problem: 'it has 2 inputs (image, normalization/Sub/y:0) instead of one image' },
  })
})

// With batch norm in training mode for the kept ones.
test.each(['mobile-kept', 'plain', 'normed', 'fresh-kept'])('%s has the gradients of TensorFlow', async (name) => {
  const backbone = await load(name)
  const of = `${name.replace('-kept', '')}/`
  const { loss, gradients } = await firstStep(backbone)
  expect(loss).toBeCloseTo(golden.get(`${of}loss`)!.data[0]!, 5)
  const expected = [...golden].filter(([key]) => key.startsWith(of) && !/\/(loss|logits)$/.test(key))
  // A batch norm of Keras may have no scale, one of ONNX has.
  expect(expected).toHaveLength(backbone.parameters.length - (name === 'mobile-kept' ? 1 : 0))
  for (const [key, gradient] of expected) {
    const actual = gradients.get(parameterAt(backbone, key.slice(of.length)))!
    // Batch norm takes away what the biases before it add.
    if (largest(gradient) < 1e-6) expect(largest(actual), key).toBeLessThan(1e-6)
    else expectClose(float32(actual.data, gradient.dims), gradient, 2e-4, key)
  }
})

const largest = ({ data }: Tensor<'float32'>) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/** Returns the parameter that a node reads at a position: `node 1`, or `head kernel`. */
function parameterAt({ graph, head }: Backbone, place: string): string {
  const [, node, at] = /^(.*) (\w+)$/.exec(place)!
  if (node === 'head') return at === 'kernel' ? head.weight : head.bias
  return graph.nodes.find(({ name }) => name === node)!.inputs[Number(at)]!
}

async function firstStep(backbone: Backbone) {
  const model = new Model({ ...backbone, classes })
  const lr = 2 ** 6
  const artifacts = await generateArtifacts(model, {
    requiresGrad: model.trainable,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: sgd(paramGroups(model, { lr, headLrMultiplier: 1 }), { momentum: 0 }),
  })
  const session = await TrainingEngine.create({ artifacts, runtime: 'onnxruntime-node', threads: 1 })
  try {
    const before = (await session.getParameters()) as Record<string, Tensor<'float32'>>
    const step = await session.updateStep({ input: images, labels: golden.get('labels')! })
    const after = (await session.getParameters()) as Record<string, Tensor<'float32'>>
    const gradients = model.trainable.map((name): [string, Tensor<'float32'>] => {
      const { data, dims } = before[name]!
      return [
        name,
        float32(
          data.map((value, i) => (value - after[name]!.data[i]!) / lr),
          dims,
        ),
      ]
    })
    return { loss: Number(step[session.loss]!.data[0]), gradients: new Map(gradients) }
  } finally {
    await session.release()
  }
}
