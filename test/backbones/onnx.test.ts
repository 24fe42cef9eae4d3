import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import type { LoadOnnxBackboneOptions } from '../../src/backbones/import/onnxOptions.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { isFineTuneError } from '../../src/errors.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { float32ToFloat16 } from '../../src/onnx/graph/halfFloats.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

const pathOf = (name: string) => fileURLToPath(new URL(`../golden/classifiers/${name}`, import.meta.url))
const golden = readSafetensors(readFileSync(pathOf('golden.safetensors'))).tensors
const images = golden.get('images') as Tensor<'float32'>

const failure = async (source: string | Uint8Array, options?: LoadOnnxBackboneOptions) => {
  const error = await loadOnnxBackbone(source, options).then(
    () => expect.fail('No error'),
    (error: unknown) => error,
  )
  if (!isFineTuneError(error)) throw error
  return error
}

describe.each([
  ['folded.onnx', 'trained', {}, 16, 0],
  ['kept.onnx', 'fresh', {}, 23, 14],
  ['dynamo.onnx', 'trained', {}, 16, 0],
  ['softmax.onnx', 'trained', {}, 16, 0],
  ['opset9.onnx', 'old', {}, 4, 0],
  ['other.onnx', 'other', { imageSize: 16 }, 3, 0],
] as const)('%s', async (name, expected, options, parameters, buffers) => {
  const backbone = await loadOnnxBackbone(pathOf(name), options)
  const { graph, head } = backbone

  test('gives the logits of PyTorch, for any number of images', async () => {
    const logits = golden.get(expected)!
    expect(graph.inputs).toEqual([{ name: 'input', type: 'float32', shape: ['N', 3, 16, 16] }])
    expect(graph.outputs).toEqual([{ name: 'logits', type: 'float32', shape: ['N', logits.dims[1]] }])
    expectClose((await runStock(graph, { input: images })).logits, logits as Tensor<'float32'>, 1e-5, name)
    const one = float32(images.data.subarray(0, images.data.length / 2), [1, 3, 16, 16])
    expect((await runStock(graph, { input: one })).logits!.dims).toEqual([1, logits.dims[1]])
  })

  test('has its parameters, each its own', () => {
    expect(backbone.parameters).toHaveLength(parameters)
    expect(backbone.buffers).toHaveLength(buffers)
    for (const name of [...backbone.parameters, ...backbone.buffers]) expect(graph.initializers.has(name)).toBe(true)
    expect(backbone.parameters.slice(-2)).toEqual([head.weight, head.bias])
  })

  test('takes a new head, and every parameter gets a gradient', async () => {
    const model = replaceHead(backbone, { classes: ['a', 'b'], from: { b: 1 } })
    expect((await runStock(model.graph, { input: images })).logits!.dims).toEqual([2, 2])
    const loss = { type: 'crossEntropy', reduction: 'mean' } as const
    const training = buildTrainingGraph(model.graph, { requiresGrad: model.parameters, loss })
    for (const parameter of model.parameters)
      expect(training.nodes.some(({ outputs }) => outputs.includes(`${parameter}_grad.accumulation.out`))).toBe(true)
  })
})

describe('batch norms that the exporter folded are counted in a warning', () => {
  test.each([
    ['folded.onnx', 7],
    ['dynamo.onnx', 7],
    ['softmax.onnx', 7],
    ['opset9.onnx', 1],
    ['../classifier/float32.onnx', 20],
  ])('%s has lost %i', async (name, count) => {
    const { warnings = [] } = await loadOnnxBackbone(pathOf(name))
    expect(warnings).toMatchObject([{ code: 'folded-batch-norm', count }])
    expect(warnings[0]!.message).toMatch(
      new RegExp(`^${count} batch norms are folded .* training=.*TrainingMode.PRESERVE, do_c`),
    )
    expect(warnings[0]!.message).toContain('dynamo=True, optimize=False')
  })

  test.each(['kept.onnx', 'dense.onnx', 'other.onnx', '../../interop/conv_head/torchscript.onnx'])(
    '%s has lost none',
    async (name) => {
      expect((await loadOnnxBackbone(pathOf(name))).warnings).toEqual([])
    },
  )

  test('the model knows it too, whatever its head', async () => {
    const backbone = await loadOnnxBackbone(pathOf('folded.onnx'))
    expect(replaceHead(replaceHead(backbone, { classes: ['a', 'b'] }), { classes: ['a', 'b'] }).warnings).toEqual(
      backbone.warnings,
    )
    expect(
      replaceHead(await loadBackbone('resnet18', { weights: 'none', width: 4 }), { classes: ['a', 'b'] }).warnings,
    ).toEqual([])
  })
})

describe('facts', () => {
  test('names of tensors are those of the file; equal ones that it shares are parted', async () => {
    const { parameters, buffers, head, preprocessing } = await loadOnnxBackbone(pathOf('kept.onnx'))
    expect(parameters.slice(0, 3)).toEqual(['conv1.weight', 'bn1.weight', 'bn1.bias'])
    expect(parameters).toContain('layer2.downsample.1.bias')
    expect(buffers.slice(0, 2)).toEqual(['bn1.running_mean', 'bn1.running_var'])
    expect(head).toEqual({ weight: 'fc.weight', bias: 'fc.bias' })
    expect(preprocessing).toMatchObject({ resize: 18, crop: 16, mean: [0.485, 0.456, 0.406] })
  })

  test('classes come from the metadata or the options, and must be as many', async () => {
    expect((await loadOnnxBackbone(pathOf('other.onnx'))).classes).toEqual(['cat', 'dog', 'emu'])
    expect((await loadOnnxBackbone(pathOf('folded.onnx'))).classes).toBeUndefined()
    const classes = ['a', 'b', 'c', 'd', 'e']
    expect((await loadOnnxBackbone(pathOf('folded.onnx'), { classes })).classes).toEqual(classes)
    expect((await failure(pathOf('folded.onnx'), { classes: ['a'] })).message).toContain('a list of 5 names')
  })

  test('what normalises the image is no parameter', async () => {
    const { parameters, preprocessing } = await loadOnnxBackbone(pathOf('other.onnx'), {
      preprocessing: { mean: [0, 0, 0], std: [1, 1, 1] },
    })
    expect(parameters).toEqual(['kernel', 'dense', 'bias'])
    expect(preprocessing).toEqual({ resize: 256, crop: 224, mean: [0, 0, 0], std: [1, 1, 1] })
  })

  test('a mask of attention is no parameter, a bias by positions is one', async () => {
    const g = new GraphBuilder()
    const weight = (name: string, ...dims: number[]) => {
      const size = dims.reduce((a, b) => a * b)
      return g.initializer(
        name,
        float32(
          Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
          dims,
        ),
      )
    }
    const patches = g.op('Conv', [g.input('x', 'float32', ['N', 3, 4, 4]), weight('patches', 8, 3, 2, 2)], {
      strides: [2, 2],
    })
    const tokens = g.op('Transpose', [g.op('Reshape', [patches, g.ints(0, 8, 4)])], { perm: [0, 2, 1] })
    const [q, k, v] = ['q', 'k', 'v'].map((name) => g.op('MatMul', [tokens, weight(name, 8, 8)]))
    const heads = { q_num_heads: 2, kv_num_heads: 2 }
    const causal = g.op('Attention', [q, k, v], { is_causal: 1, ...heads })
    const swin = g.initializer(
      'swin',
      float32(
        [0, 0, -100, -100].flatMap((value) => Array(4).fill(value)),
        [4, 4],
      ),
    )
    const masked = g.op('Attention', [causal, k, v, swin], heads)
    const biased = g.op('Attention', [masked, k, v, weight('positions', 1, 2, 4, 4)], heads)
    const pooled = g.op('ReduceMean', [biased, g.ints(1)], { keepdims: 0 })
    g.output(g.op('MatMul', [pooled, weight('classifier', 8, 3)]), 'float32', ['N', 3])
    g.graph.opsets = new Map([['', 23]])
    const { parameters } = await loadOnnxBackbone(writeModel(g.graph))
    expect(parameters).toEqual(['patches', 'q', 'k', 'v', 'positions', 'classifier', 'classifier.bias'])
  })

  test('a file may say how it prepares images; exported ones normalise by themselves', async () => {
    const model = readModel(new Uint8Array(readFileSync(pathOf('other.onnx'))))
    const declared = { resize: 40, mean: [0.4, 0.4, 0.4], std: [0.5, 0.5, 0.5] }
    const load = async (facts: object) => {
      model.metadata.set('preprocessing', JSON.stringify({ ...declared, ...facts }))
      return (await loadOnnxBackbone(writeModel(model), { imageSize: 32 })).preprocessing
    }
    expect(await load({})).toEqual({ ...declared, crop: 32 })
    expect(await load({ normalizedBy: 'model' })).toEqual({ resize: 40, crop: 32, mean: [0, 0, 0], std: [1, 1, 1] })
    expect(await load({ mean: 'unknown' })).toMatchObject({ resize: 37, mean: [0.485, 0.456, 0.406] })
  })

  test('a network in half precision becomes one in single precision', async () => {
    const g = new GraphBuilder()
    const half = { type: 'float16', dims: [48, 2], data: float32ToFloat16(new Float32Array(96).fill(0.5)) } as const
    const flat = g.op('Flatten', [g.op('Cast', [g.input('x', 'float32', ['N', 3, 4, 4])], { to: 10 })])
    const product = g.op('MatMul', [flat, g.initializer('w', half)])
    g.output(g.op('Cast', [product], { to: 1 }), 'float32', ['N', 2])
    const { graph, parameters } = await loadOnnxBackbone(writeModel(g.graph))
    expect(parameters).toEqual(['w', 'w.bias'])
    expect(graph.nodes.map(({ opType }) => opType)).not.toContain('Cast')
    const input = float32(new Float32Array(48).fill(1), [1, 3, 4, 4])
    expect((await runStock(graph, { input })).logits).toEqual(float32([24, 24], [1, 2]))
  })

  test('bytes are as good as a path', async () => {
    const bytes = new Uint8Array(readFileSync(pathOf('folded.onnx')))
    expect((await loadOnnxBackbone(bytes)).parameters).toHaveLength(16)
  })

  test('a head can be named, by its node or its weight, and what follows is dropped', async () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', ['N', 3, 4, 4])
    const flat = g.op('Flatten', [x])
    g.initializer('w', float32(new Float32Array(48 * 2).fill(1), [48, 2]))
    const scores = g.op('Gemm', [flat, 'w'], { alpha: 0.5 }, { name: 'scores' })
    const hidden = g.op('Relu', [scores])
    g.output(g.op('ReduceMax', [hidden], {}), 'float32', [1, 1])
    const bytes = writeModel(g.graph)
    expect((await failure(bytes)).message).toContain('before its output stands ReduceMax')
    for (const head of [{ node: 'scores' }, { weight: 'w' }]) {
      const { graph, parameters } = await loadOnnxBackbone(bytes, { head })
      expect(parameters).toEqual(['w', 'w.bias'])
      const input = float32(new Float32Array(48).fill(1), [1, 3, 4, 4])
      expect((await runStock(graph, { input })).logits).toEqual(float32([24, 24], [1, 2]))
    }
    expect((await failure(bytes, { head: { node: 'none' } })).message).toContain('is not there')
  })
})

describe('what is no classifier', () => {
  test.each([
    ['old.onnx', {}, 'backbones/onnx-opset', 'uses operator set 6'],
    ['none.onnx', {}, 'backbones/not-a-classifier', 'before its output stands Relu'],
    ['folded.onnx', { imageSize: 32 }, 'options/invalid', '16, the size of the model'],
    ['folded.onnx', { head: 'fc' as never }, 'options/invalid', '{ node: name } or { weight: name }'],
    ['golden.safetensors', {}, 'onnx/malformed', ''],
    ['absent.onnx', {}, 'weights/unreadable', 'absent.onnx'],
  ] as const)('%s with %j', async (name, options, code, message) => {
    const error = await failure(pathOf(name), options)
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
  })

  test('inputs of other kinds are told apart', async () => {
    const model = (shape: readonly (number | string)[], more = 0) => {
      const g = new GraphBuilder()
      const x = g.input('x', 'float32', shape)
      for (let i = 0; i < more; i++) g.input(`more${i}`, 'float32', [1])
      g.initializer('w', float32(new Float32Array(96), [48, 2]))
      g.output(g.op('Gemm', [g.op('Flatten', [x]), 'w']), 'float32', ['N', 2])
      return writeModel(g.graph)
    }
    expect((await failure(model(['N', 4, 4, 4]))).message).toContain(
      '[N, 4, 4, 4] instead of [N, 3, height, width] or [N, height, width, 3]',
    )
    expect((await failure(model(['N', 2, 8, 3]))).message).toContain('2 x 8 pixels, not square')
    expect((await failure(model(['N', 3, 2, 8]))).message).toContain('2 x 8 pixels, not square')
    expect((await failure(model(['N', 3, 4, 4], 1))).message).toContain('2 inputs')
  })

  test('loadBackbone points to loadOnnxBackbone, though names agree', async () => {
    const error = await loadBackbone('resnet18', { weights: pathOf('dynamo.onnx') }).catch((error) => error)
    expect(error.message).toContain('Load it with loadOnnxBackbone(source)')
  })
})
