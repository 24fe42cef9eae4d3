import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Preprocessing } from '../../src/backbones/Backbone.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import type { Classification } from '../../src/deploy/Classification.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import type { QuantizeProgress } from '../../src/deploy/int8/ImageRuns.js'
import { type QuantizedClassifier, quantizeClassifier } from '../../src/deploy/int8/quantizeClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { seededRandom } from '../../src/random.js'
import { compose } from '../../src/transforms/compose.js'
import { testView } from '../../src/transforms/testView.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { errorOf, png } from '../data/support.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { CLASSES } from './support.js'

const golden = new URL('../golden/', import.meta.url)
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(path, golden)))
const directory = mkdtempSync(join(tmpdir(), 'int8-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** The image as the file takes it. */
async function imageOf(name: string): Promise<Tensor<'float32'>> {
  const view = compose([testView({ resize: 37, crop: 32 } as Preprocessing), toTensor()])
  const { data } = view.apply(await decodeImage(bytesOf(`classifier/${name}`)), seededRandom(0))
  return float32(data, [1, 3, 32, 32])
}

const NAMES = ['wide.png', 'tall.png', 'turned.png']
const calibration: ImageDataset = {
  classes: CLASSES,
  samples: NAMES.map((source) => ({ source, label: 0 })),
  read: async (index) => bytesOf(`classifier/${NAMES[index]}`),
}

async function classified(file: Uint8Array, runtime: RuntimeName = 'onnxruntime-node'): Promise<Classification[]> {
  const classifier = await loadClassifier(file, { runtime, threads: 1 })
  onTestFinished(() => classifier.release())
  return classifier.classify(NAMES.map((name) => bytesOf(`classifier/${name}`)))
}

/** What ONNX Runtime's own tool makes of the same file and images: made by test/interop/int8.py. */
describe("ONNX Runtime's quantize_static and we agree", () => {
  type Answer = { logits: number[][]; tensors: Record<string, number[]> }
  const answers = JSON.parse(readFileSync(new URL('int8/answers.json', golden), 'utf8')) as Record<string, Answer>
  const ours = (name: string) =>
    name.replace('bias_quantized_', 'bias_').replace(/_(scale|zero_point|quantized)$/, '.$1')

  test.each([
    ['minMax', {}],
    ['reduced', { reduceRange: true }],
    ['percentile', { percentile: 99 }],
  ] as const)('%s: scales, zero points, weights, biases and logits', async (kind, options) => {
    const { bytes } = await quantizeClassifier(bytesOf('classifier/float32.onnx'), calibration, {
      ...options,
      threads: 1,
    })
    const graph = readModel(bytes)
    const { tensors } = answers[kind]!
    const scalesOf = (names: Iterable<string>) => [...names].filter((name) => /.scale$/.test(name)).length
    expect(scalesOf(graph.initializers.keys())).toBeGreaterThan(40)
    for (const [name, values] of Object.entries(tensors)) {
      const data = Array.from(graph.initializers.get(ours(name))!.data as Float32Array, Number)
      const isExact = !/bias_quantized$/.test(name)
      expect(data.length, name).toBe(values.length)
      for (const [i, value] of values.entries()) {
        const difference = Math.abs(data[i]! - value)
        expect(difference, name).toBeLessThanOrEqual(isExact ? 1e-6 * Math.abs(value) : 1)
      }
    }
    for (const [i, name] of NAMES.entries()) {
      const image = await imageOf(name)
      const { logits } = await runStock(graph, { image })
      // Processors without VNNI round otherwise.
      expectClose(logits!, float32(answers[kind]!.logits[i]!, [1, 3]), 0.03, name)
    }
  })
})

describe('a network of depthwise convolutions and bounded activations', () => {
  const classes = ['a', 'b', 'c']
  let file: Uint8Array
  let quantized: QuantizedClassifier
  beforeAll(async () => {
    const backbone = await loadBackbone('mobilenet_v2', { weights: 'none', imageSize: 32 })
    file = await exportClassifier(replaceHead(backbone, { classes }), undefined, { topK: 2, threads: 1 })
    quantized = await quantizeClassifier(file, { ...calibration, classes }, { threads: 1 })
  })

  test('is a quarter of the size, and every convolution is in int8', () => {
    const { nodes, initializers, opsets, metadata } = readModel(quantized.bytes)
    const maker = new Map(nodes.flatMap(({ opType, outputs }) => outputs.map((output) => [output, opType])))
    const readers = new Map(nodes.flatMap(({ opType, inputs }) => inputs.map((input) => [input, opType])))
    const products = nodes.filter(({ opType }) => opType === 'Conv' || opType === 'Gemm' || opType === 'Add')
    expect(products).toHaveLength(52 + 1 + 10)
    for (const { inputs } of products)
      expect(inputs.map((input) => maker.get(input))).toEqual(inputs.map(() => 'DequantizeLinear'))
    for (const { opType, outputs } of products) {
      const reader = readers.get(outputs[0]!)
      if (opType === 'Conv') expect(['Clip', 'QuantizeLinear']).toContain(reader)
    }
    expect([...initializers.values()].filter(({ type, data }) => type === 'float32' && data.length > 3000)).toEqual([])
    expect(quantized.bytes.length).toBeLessThan(quantized.bytesBefore * 0.3)
    expect([quantized.bytesBefore, opsets.get(''), metadata.get('precision')]).toEqual([file.length, 17, 'int8'])
  })

  test.each(['onnxruntime-node', 'onnxruntime-web'] as const)('classifies in %s nearly as before', async (runtime) => {
    const scores = await Promise.all([file, quantized.bytes].map((bytes) => classified(bytes, runtime)))
    for (const [i, { scores: before }] of scores[0]!.entries())
      for (const { label, score } of before)
        expect(Math.abs(scores[1]![i]!.scores.find((each) => each.label === label)!.score - score)).toBeLessThan(0.02)
  })
})

describe('a quantization', () => {
  test('uses images spread over the data set, tells its progress and writes the file', async () => {
    const read: number[] = []
    const image = await png(40, 40)
    const many: ImageDataset = {
      classes: CLASSES,
      samples: Array.from({ length: 10 }, (_, i) => ({ source: `${i}`, label: i % 3 })),
      read: async (index) => {
        read.push(index)
        return image
      },
    }
    const path = join(directory, 'int8.onnx')
    const parts: string[] = []
    const onProgress = ({ part, images, done }: QuantizeProgress) => void parts.push(`${part} ${done}/${images}`)
    const { bytes } = await quantizeClassifier(bytesOf('classifier/float32.onnx'), many, {
      ...{ maxImages: 4, path, threads: 1, onProgress },
    })
    expect(read).toEqual([0, 2, 5, 7, 0, 2, 5, 7])
    expect(parts.filter((part) => part.endsWith('4/4'))).toEqual(['calibration 4/4', 'comparison 4/4'])
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  test('says what it cost', async () => {
    const file = bytesOf('classifier/float32.onnx')
    const other = { ...calibration, classes: ['x'] }
    const validation = { ...calibration, samples: NAMES.map((source, label) => ({ source, label })) }
    const { bytes, effect } = await quantizeClassifier(file, other, { validation, threads: 1 })
    const [float, int8] = await Promise.all([file, bytes].map((each) => classified(each)))
    const hits = (results: Classification[]) => results.filter(({ label }, i) => label === CLASSES[i]).length
    expect(effect).toEqual({
      images: 3,
      accuracy: { float32: hits(float!) / 3, int8: hits(int8!) / 3 },
      agreement: float!.filter(({ label }, i) => label === int8![i]!.label).length / 3,
      meanDifference: expect.any(Number),
    })
    expect(effect.meanDifference).toBeGreaterThan(0)
    expect(effect.meanDifference).toBeLessThan(0.03)
    const { effect: unlabelled } = await quantizeClassifier(file, other, { threads: 1 })
    expect(unlabelled.accuracy).toBeUndefined()
  })

  test('of several labels an image, and of regression', async () => {
    const backbone = await loadBackbone('resnet18', { weights: 'none', width: 4, imageSize: 32, classes: 5 })
    for (const task of ['multiLabel', 'regression'] as const) {
      const model = replaceHead(backbone, { classes: ['a', 'b'], task })
      const { effect } = await quantizeClassifier(await exportClassifier(model), calibration, { threads: 1 })
      expect(Object.keys(effect)).toEqual(
        task === 'multiLabel' ? ['images', 'agreement', 'meanDifference'] : ['images', 'meanDifference'],
      )
    }
  })

  test('refuses what it cannot round', async () => {
    const code = async (file: Uint8Array, images = calibration, options = {}) =>
      (await errorOf(quantizeClassifier(file, images, { threads: 1, ...options }))).message
    expect(await code(bytesOf('classifier/float16.onnx'))).toMatch(
      /it is float16, and what is rounded must be a float32/,
    )
    const graph = readModel(bytesOf('classifier/float32.onnx'))
    graph.initializers.set('fc.bias', float32([Number.NaN, 0, 0], [3]))
    graph.initializers.set('conv1.bias', float32([Number.NaN, 0], [2]))
    expect(await code(writeModel(graph))).toMatch(/is not finite for a calibration image/)
    const validation = { ...calibration, classes: ['other', 'x', 'y'] }
    expect(await code(bytesOf('classifier/float32.onnx'), calibration, { validation })).toMatch(/among the classes/)
    const broken = { ...calibration, read: async () => new Uint8Array([1, 2]) }
    expect(await code(bytesOf('classifier/float32.onnx'), broken)).toMatch(/Cannot classify the image wide\.png/)
  })
})
