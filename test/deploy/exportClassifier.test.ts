import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { declarePortableOpset } from '../../src/deploy/portableOpset.js'
import { Model } from '../../src/model/Model.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { readModel } from '../../src/onnx/format/read.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { openRuntime } from '../../src/runtime/runtime.js'
import { errorOf } from '../data/support.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { CLASSES, trainedModel, uniform } from './support.js'

const directory = mkdtempSync(join(tmpdir(), 'export-'))
afterAll(() => rmSync(directory, { recursive: true }))

let model: Model
let file: Uint8Array
let half: Uint8Array
beforeAll(async () => {
  model = await trainedModel()
  file = await exportClassifier(model, undefined, { threads: 1 })
  half = await exportClassifier(model, undefined, { threads: 1, precision: 'float16' })
})

const images = (n: number) => uniform([n, 3, 32, 32], 0, 1, 'images')

/** What the model itself says, of images that are normalized here. */
async function logitsOf({ graph, preprocessing: { mean, std } }: Model, image: Tensor<'float32'>): Promise<Tensor> {
  const plane = image.dims[2]! * image.dims[3]!
  const channel = (i: number) => Math.floor(i / plane) % 3
  const data = image.data.map((value, i) => (value - mean[channel(i)]!) / std[channel(i)]!)
  return (await runStock(graph, { [graph.inputs[0]!.name]: float32(data, image.dims) }))[graph.outputs[0]!.name]!
}

function softmax({ data, dims }: Tensor): Tensor<'float32'> {
  const [rows, classes] = dims as [number, number]
  const result = Float32Array.from(data as Float32Array, Math.exp)
  for (let row = 0; row < rows; row++) {
    const part = result.subarray(row * classes, (row + 1) * classes)
    const sum = part.reduce((total, value) => total + value, 0)
    for (let i = 0; i < classes; i++) part[i]! /= sum
  }
  return float32(result, dims)
}

async function runFile(bytes: Uint8Array, image: Tensor, runtime: RuntimeName = 'onnxruntime-node') {
  const session = await (await openRuntime(runtime, { threads: 1 })).createSession(bytes, 'exported')
  try {
    return await session.run({ image }, { probabilities: null, logits: null })
  } finally {
    await session.release()
  }
}

describe.each<RuntimeName>(['onnxruntime-node', 'onnxruntime-web'])('an exported file in %s', (runtime) => {
  test.each([1, 5])('has the logits of the model for a batch of %i', async (n) => {
    const expected = await logitsOf(model, images(n))
    const { logits, probabilities } = await runFile(file, images(n), runtime)
    expectClose(logits, expected, 1e-5, 'logits')
    expectClose(probabilities, softmax(expected), 1e-5, 'probabilities')
  })

  test('in float16 is near', async () => {
    const expected = await logitsOf(model, images(2))
    const { logits, probabilities } = await runFile(half, images(2), runtime)
    expectClose(logits, expected, 5e-3, 'logits')
    expectClose(probabilities, softmax(expected), 5e-3, 'probabilities')
  })
})

describe('an exported file', () => {
  const weights = (graph: Graph) => [...graph.initializers].filter(([name]) => !name.startsWith('normalize.'))

  test('has no batch norm, set 17, IR 8, and ends that other runtimes take', () => {
    const graph = readModel(file)
    expect(new Set(graph.nodes.map(({ opType }) => opType))).toEqual(
      new Set(['Sub', 'Div', 'Conv', 'Relu', 'MaxPool', 'Add', 'GlobalAveragePool', 'Flatten', 'Gemm', 'Softmax']),
    )
    expect([graph.irVersion, [...graph.opsets]]).toEqual([8, [['', 17]]])
    expect(graph.inputs).toEqual([{ name: 'image', type: 'float32', shape: ['N', 3, 32, 32] }])
    expect(graph.outputs).toEqual([
      { name: 'probabilities', type: 'float32', shape: ['N', 3] },
      { name: 'logits', type: 'float32', shape: ['N', 3] },
    ])
    expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length)
    expect(weights(graph).map(([name]) => name)).toContain('layer2.0.downsample.0.bias')
  })

  test('says its classes and how to prepare an image', () => {
    const { metadata } = readModel(file)
    expect(JSON.parse(metadata.get('classes')!)).toEqual(CLASSES)
    expect(JSON.parse(metadata.get('preprocessing')!)).toEqual({
      resize: 37,
      crop: 32,
      interpolation: 'bilinear',
      antialias: true,
      channels: 'RGB',
      layout: 'NCHW',
      range: [0, 1],
      normalizedBy: 'model',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      autoOrient: true,
    })
    expect(Object.fromEntries(metadata)).toMatchObject({
      task: 'image-classification',
      architecture: 'resnet18',
      precision: 'float32',
      description: expect.stringMatching(/Würstchen 🌭.*shorter side to 37 pixels.*32 x 32.*float32 \[N, 3\]/),
    })
  })

  test('in float16 holds float16 weights and float32 ends', () => {
    const graph = readModel(half)
    expect(half.length).toBeLessThan(file.length * 0.52)
    expect(new Set(weights(graph).map(([, { type }]) => type))).toEqual(new Set(['float16']))
    expect([...graph.inputs, ...graph.outputs].map(({ type }) => type)).toEqual(['float32', 'float32', 'float32'])
    expect(graph.metadata.get('precision')).toBe('float16')
  })

  test.each<'float32' | 'float16'>(['float32', 'float16'])('ranks its classes, in %s', async (precision) => {
    const calibration = { temperature: 2, threshold: 0 }
    const bytes = await exportClassifier(model, undefined, { precision, calibration, topK: 2, threads: 1 })
    const image = images(5)
    const { probabilities, top_probabilities, top_classes } = await runStock(readModel(bytes), { image })
    const logits = await logitsOf(model, image)
    const halved = float32(
      (logits.data as Float32Array).map((value) => value / 2),
      logits.dims,
    )
    expectClose(probabilities!, softmax(halved), precision === 'float16' ? 5e-3 : 1e-5, 'probabilities')
    expect([top_probabilities!.dims, top_classes!.dims]).toEqual([
      [5, 2],
      [5, 2],
    ])
    for (let row = 0; row < 5; row++) {
      const scores = Array.from((probabilities!.data as Float32Array).subarray(row * 3, row * 3 + 3))
      const best = [0, 1, 2].sort((a, b) => scores[b]! - scores[a]!).slice(0, 2)
      const ofRow = ({ data }: Tensor) => Array.from(data as Float32Array, Number).slice(row * 2, row * 2 + 2)
      expect(ofRow(top_classes!)).toEqual(best)
      expect(ofRow(top_probabilities!)).toEqual(best.map((label) => scores[label]))
    }
    expect([readModel(bytes).opsets.get(''), readModel(bytes).metadata.get('description')]).toEqual([
      17,
      expect.stringMatching(/top_probabilities and top_classes.*\[N, 2\]/),
    ])
  })

  test('ranks the labels of which an image has several, and not the values of regression', async () => {
    const backbone = await loadBackbone('resnet18', { weights: 'none', width: 2, imageSize: 32, classes: 5 })
    const labels = replaceHead(backbone, { classes: ['a', 'b', 'c'], task: 'multiLabel' })
    const bytes = await exportClassifier(labels, undefined, { topK: 1, threads: 1 })
    const { probabilities, top_probabilities } = await runStock(readModel(bytes), { image: images(1) })
    expect(top_probabilities!.data[0]).toBe(Math.max(...Array.from(probabilities!.data as Float32Array)))
    const values = replaceHead(backbone, { classes: ['age'], task: 'regression' })
    expect((await errorOf(exportClassifier(values, undefined, { topK: 1 }))).code).toBe('options/invalid')
    expect((await errorOf(exportClassifier(labels, undefined, { topK: 4 }))).message).toContain('at most 3')
  })

  test('goes to a path or file: URL, and leaves the model as it was', async () => {
    const before = new Map(model.graph.initializers)
    const path = join(directory, 'one.onnx')
    const bytes = await exportClassifier(model, path, { threads: 1 })
    // One by one, toEqual takes a minute for some million bytes.
    expect(Buffer.compare(bytes, file)).toBe(0)
    expect(readFileSync(path).compare(file)).toBe(0)
    await exportClassifier(model, pathToFileURL(join(directory, 'two.onnx')), { threads: 1 })
    expect(existsSync(join(directory, 'two.onnx'))).toBe(true)
    expect(model.graph.initializers).toEqual(before)
    expect(model.graph.nodes.some(({ opType }) => opType === 'BatchNormalization')).toBe(true)
  })

  test('has right logits where the network uses the names of its ends inside', async () => {
    const named = strangelyNamed()
    const image = uniform([2, 3, 8, 8], 0, 1, 'strange')
    const expected = await logitsOf(named, image)
    for (const precision of ['float32', 'float16'] as const) {
      const bytes = await exportClassifier(named, undefined, { precision, threads: 1 })
      expectClose((await runFile(bytes, image)).logits, expected, precision === 'float16' ? 5e-3 : 1e-5)
    }
  })
})

/**
 * A network whose input is called probabilities, its weight image, a value inside logits, its result normalize.mean; its
 * nodes have the names of those around it.
 */
function strangelyNamed(): Model {
  const g = new GraphBuilder()
  const x = g.input('probabilities', 'float32', ['N', 3, 8, 8])
  g.initializer('image', uniform([4, 3, 3, 3], -1, 1, 'conv'))
  g.initializer('network/logits', uniform([2, 4], -1, 1, 'fc'))
  g.initializer('bias', float32([0.5, -0.5], [2]))
  const y = g.op('Conv', [x, 'image'], {}, { name: '/normalize/Sub', outputs: ['logits'] })
  const pooled = g.op('GlobalAveragePool', [y], {}, { name: 'network/normalize/Sub', outputs: ['Sub_1'] })
  const features = g.op('Flatten', [pooled], {}, { name: '/probabilities' })
  const scores = g.op('Gemm', [features, 'network/logits', 'bias'], { transB: 1 }, { outputs: ['normalize.mean'] })
  g.output(scores, 'float32', ['N', 2])
  return new Model({
    architecture: 'strange',
    graph: g.graph,
    parameters: ['image', 'network/logits', 'bias'],
    buffers: [],
    head: { weight: 'network/logits', bias: 'bias' },
    classes: ['a', 'b'],
    preprocessing: { resize: 8, crop: 8, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] },
  })
}

describe('the operator set', () => {
  const declared = (opset: number, ...operators: string[]) => {
    const g = new GraphBuilder()
    for (const operator of operators) g.op(operator, ['x'])
    g.graph.opsets = new Map([
      ['', opset],
      ['com.microsoft', 1],
    ])
    declarePortableOpset(g.graph)
    return [g.graph.irVersion, ...g.graph.opsets]
  }

  test('is 17 where every operator is the same there', () => {
    expect(declared(22, 'Conv', 'Relu')).toEqual([8, ['', 17]])
    expect(declared(13, 'Conv', 'Softmax')).toEqual([8, ['', 17]])
    expect(declared(17, 'Anything')).toEqual([8, ['', 17]])
  })

  test("stays the graph's own where one is not", () => {
    expect(declared(20, 'Conv', 'Gelu')).toEqual([9, ['', 20]])
    expect(declared(18, 'ReduceMean')).toEqual([9, ['', 18]])
    expect(declared(12, 'Softmax')).toEqual([9, ['', 12]])
  })
})

describe('what cannot be exported is a typed error', () => {
  test('a weight that is no number: nothing is written', async () => {
    const broken = await trainedModel({ width: 2 })
    broken.set('fc.bias', float32([Number.NaN, 0, 0], [3]))
    const path = join(directory, 'broken.onnx')
    const error = await errorOf(exportClassifier(broken, path, { threads: 1 }))
    expect(error.code).toBe('deploy/logits-differ')
    expect(error.message).toContain('differ from the model')
    expect(existsSync(path)).toBe(false)
  })

  test('a graph that computes something else once it is changed', async () => {
    const { graph, ...facts } = strangelyNamed()
    const drifting = new Model({ ...facts, graph: graph.clone() })
    // Inference mode says nothing about random numbers: two runs differ.
    const noise = new GraphBuilder(drifting.graph)
    const result = drifting.graph.outputs[0]!.name
    const random = noise.op('RandomNormalLike', [result])
    drifting.graph.outputs = []
    noise.output(noise.op('Add', [result, random], {}, { outputs: ['noisy'] }), 'float32', ['N', 2])
    expect(await errorOf(exportClassifier(drifting, undefined, { threads: 1 }))).toMatchObject({
      code: 'deploy/logits-differ',
      facts: { precision: 'float32', allowed: 1e-4 },
    })
  })

  test('a weight beyond float16 names its tensor', async () => {
    const large = await trainedModel({ width: 2 })
    large.set('fc.bias', float32([7e4, 0, 0], [3]))
    const error = await errorOf(exportClassifier(large, undefined, { precision: 'float16', threads: 1 }))
    expect(error.message).toBe("fc.bias holds 70000, and float16 ends at 65504. Use precision: 'float32'")
  })

  test('a path that cannot be written', async () => {
    const path = join(directory, 'missing', 'one.onnx')
    const { code, message } = await errorOf(exportClassifier(model, path, { threads: 1 }))
    expect(code).toBe('deploy/cannot-write')
    expect(message).toContain(path)
  })

  test('wrong arguments', async () => {
    const received = (wrong: Promise<unknown>) => errorOf(wrong).then(({ message }) => message)
    expect(await received(exportClassifier({ ...model } as never))).toMatch(
      /^exportClassifier: model must be a Model, as replaceHead returns it\. Received: \{"architecture":"resnet18",/,
    )
    expect(await received(exportClassifier(model, 3 as never))).toContain('path must be a path or a URL')
    expect(await received(exportClassifier(model, 'x', { precision: 'int8' as never }))).toContain('precision must be')
    const aborted = exportClassifier(model, 'x', { signal: AbortSignal.abort('enough') })
    await expect(aborted).rejects.toBe('enough')
  })
})
