import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import type { LoadOnnxBackboneOptions } from '../../src/backbones/import/onnxOptions.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

/** Classifiers that end in a convolution of 1 x 1, by torch.onnx (test/interop/conv_head.py). */
const pathOf = (name: string) => fileURLToPath(new URL(`../interop/conv_head/${name}`, import.meta.url))
const golden = readSafetensors(readFileSync(pathOf('golden.safetensors'))).tensors
const images = golden.get('images') as Tensor<'float32'>

describe.each(['torchscript.onnx', 'dynamo.onnx'])('a head like that of SqueezeNet: %s', async (name) => {
  const backbone = await loadOnnxBackbone(pathOf(name))

  test('is found, and gives the logits of PyTorch', async () => {
    expect(backbone.head).toEqual({ weight: 'classifier.1.weight', bias: 'classifier.1.bias' })
    expect(backbone.parameters).toEqual(['features.0.weight', 'features.0.bias', ...Object.values(backbone.head)])
    expectClose((await runStock(backbone.graph, { input: images })).logits, golden.get('logits'), 1e-6, name)
  })

  test('is replaced, old classes taken over, and trains', async () => {
    const model = replaceHead(backbone, { classes: ['new', 'old'], from: { old: 3 } })
    expect(model.get('classifier.1.weight').dims).toEqual([2, 6, 1, 1])
    const [before, after] = [golden.get('logits')!, (await runStock(model.graph, { input: images })).logits!]
    expect(after.dims).toEqual([2, 2])
    for (const image of [0, 1]) expect(after.data[2 * image + 1]).toBeCloseTo(Number(before.data[5 * image + 3]), 6)
    const loss = { type: 'crossEntropy', reduction: 'mean' } as const
    const training = buildTrainingGraph(model.graph, { requiresGrad: model.parameters, loss })
    expect(training.outputs.filter(({ name }) => name.endsWith('accumulation.out'))).toHaveLength(4)
    expect(replaceHead(model, { classes: ['a', 'b', 'c'] }).graph.outputs[0]!.shape).toEqual(['N', 3])
  })

  test('can be named', async () => {
    const node = name === 'dynamo.onnx' ? 'node_conv2d_1' : '/classifier/classifier.1/Conv'
    for (const head of [{ node }, { weight: 'classifier.1.weight' }]) {
      const { graph } = await loadOnnxBackbone(pathOf(name), { head })
      expectClose((await runStock(graph, { input: images })).logits, golden.get('logits'), 1e-6, name)
    }
  })
})

describe('other ends', () => {
  const model = (build: (g: GraphBuilder, features: string) => string, size = 4, kernel = 1, strides = [1, 1]) => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', ['N', 3, size, size])
    const values = Float32Array.from({ length: 2 * 3 * kernel * kernel }, (_, i) => i - 2)
    g.initializer('w', float32(values, [2, 3, kernel, kernel]))
    g.output(build(g, g.op('Conv', [x, 'w'], { strides }, { name: 'scores' })), 'float32', ['N', 2])
    return writeModel(g.graph)
  }
  const logits = async (bytes: Uint8Array, size = 4, options?: LoadOnnxBackboneOptions) => {
    const { graph, parameters } = await loadOnnxBackbone(bytes, options)
    expect(parameters).toEqual(['w', 'w.bias'])
    const input = float32(new Float32Array(3 * size * size).fill(1), [1, 3, size, size])
    return [...((await runStock(graph, { input })).logits!.data as Float32Array)]
  }
  const flat = (g: GraphBuilder, x: string) => g.op('Flatten', [x])

  test('without a Relu, without a mean where there is one pixel, with a softmax', async () => {
    expect(await logits(model((g, x) => flat(g, g.op('GlobalAveragePool', [x]))))).toEqual([-3, 6])
    expect(await logits(model((g, x) => flat(g, g.op('GlobalAveragePool', [g.op('Relu', [x])]))))).toEqual([0, 6])
    expect(
      await logits(
        model((g, x) => g.op('Softmax', [flat(g, x)]), 1),
        1,
      ),
    ).toEqual([-3, 6])
    const odd = model((g, x) => g.op('ReduceMax', [flat(g, g.op('GlobalAveragePool', [x]))]))
    expect(await logits(odd, 4, { head: { node: 'scores' } })).toEqual([-3, 6])
  })

  test('what scores each place by itself, or looks at more than one pixel, is refused', async () => {
    await expect(loadOnnxBackbone(model(flat))).rejects.toMatchObject({
      code: 'backbones/not-a-classifier',
      message: expect.stringContaining('the shape of its scores is [N, 32] instead of [N, 2]'),
    })
    const pool = (g: GraphBuilder, x: string) => flat(g, g.op('GlobalAveragePool', [x]))
    for (const bytes of [model(pool, 4, 3), model(pool, 4, 1, [2, 2])]) {
      await expect(loadOnnxBackbone(bytes)).rejects.toMatchObject({
        message: expect.stringContaining('before its output stands GlobalAveragePool'),
      })
      await expect(loadOnnxBackbone(bytes, { head: { weight: 'w' } })).rejects.toMatchObject({
        message: expect.stringContaining('is no Gemm, MatMul or Conv of 1 x 1'),
      })
    }
  })
})
