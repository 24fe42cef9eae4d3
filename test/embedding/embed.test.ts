import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { embed } from '../../src/embedding/embed.js'
import { embedder } from '../../src/embedding/embedder.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { readModel } from '../../src/onnx/format/read.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { openRuntime } from '../../src/runtime/runtime.js'
import { compose } from '../../src/transforms/compose.js'
import { testView } from '../../src/transforms/testView.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { errorOf } from '../data/support.js'
import { images, smallModel } from '../finetune/support/smallRun.js'

const model = await smallModel()
const dataset = await images(6, 3)
const loading = { workers: 0, threads: 1 }
const bytes = await Promise.all(dataset.samples.map((_, index) => dataset.read!(index)))

/** The outputs of an exported file for the images. */
async function outputsOf(
  file: Uint8Array,
  preprocessing = model.preprocessing,
): Promise<Readonly<Record<string, Tensor>>> {
  const view = compose([testView(preprocessing), toTensor()])
  const views = await Promise.all(bytes.map(async (one) => view.apply(await decodeImage(one), seededRandom(0))))
  const { crop } = preprocessing
  const image = float32(new Float32Array(views.length * 3 * crop * crop), [views.length, 3, crop, crop])
  for (const [i, { data }] of views.entries()) image.data.set(data, i * data.length)
  const session = await (await openRuntime('onnxruntime-node', { threads: 1 })).createSession(file, 'test')
  const outputs = await session.run({ image }, { embedding: null, logits: null })
  await session.release()
  return outputs
}

const plain = await embed(model, dataset, { ...loading, normalize: false })
const exported = await exportClassifier(model, undefined, { embedding: true })
const outputs = await outputsOf(exported)

describe('embeddings', () => {
  test('times the weight of the head are the logits', () => {
    const { vectors, indices, labels } = plain
    expect(vectors.dims).toEqual([6, 64])
    expect([Array.from(indices), Array.from(labels)]).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 0, 1, 0, 1],
    ])
    const [weight, bias] = ['fc.weight', 'fc.bias'].map((name) => model.get(name).data as Float32Array)
    for (let row = 0; row < 6; row++)
      for (let label = 0; label < 2; label++) {
        let sum = bias![label]!
        for (let i = 0; i < 64; i++) sum += vectors.data[row * 64 + i]! * weight![label * 64 + i]!
        expect(sum).toBeCloseTo((outputs.logits!.data as Float32Array)[row * 2 + label]!, 4)
      }
  })

  test('are of length 1 unless they are to be as they are, and the same for a list of images', async () => {
    const network = embedder(model, { threads: 1 })
    const whole = await network.embed(dataset, { workers: 0 })
    for (let row = 0; row < 6; row++) {
      const length = Math.hypot(...plain.vectors.data.subarray(row * 64, (row + 1) * 64))
      for (let at = row * 64; at < (row + 1) * 64; at++)
        expect(whole.vectors.data[at]).toBeCloseTo(plain.vectors.data[at]! / length, 5)
    }
    const sources = [bytes[0]!, new Blob([bytes[1]!.slice()]), await decodeImage(bytes[2]!)]
    const listed = await network.embed(sources, { workers: 0 })
    expect(listed.vectors.dims).toEqual([3, 64])
    for (const [at, value] of listed.vectors.data.entries()) expect(value).toBeCloseTo(whole.vectors.data[at]!, 5)
    await network.release()
    expect((await errorOf(network.embed(sources))).code).toBe('session/released')
  })

  test('of a file that is missing name it, or leave it out', async () => {
    const sources = ['/nowhere/lunch.jpg', bytes[0]!]
    const error = await errorOf(embed(model, sources, loading))
    expect(error.message).toContain('/nowhere/lunch.jpg')
    const { vectors, indices, skipped } = await embed(model, sources, { ...loading, onError: 'skip' })
    expect([vectors.dims, Array.from(indices), skipped.map(({ source }) => source)]).toEqual([
      [1, 64],
      [1],
      ['/nowhere/lunch.jpg'],
    ])
  })
})

describe('an exported classifier with its embedding', () => {
  test.each([
    ['float32', 4],
    ['float16', 1],
  ] as const)('has the features of embed as a third output: %s', async (precision, digits) => {
    const isPlain = precision === 'float32'
    const file = isPlain ? exported : await exportClassifier(model, undefined, { embedding: true, precision })
    const graph = readModel(file)
    expect(graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['probabilities', ['N', 2]],
      ['logits', ['N', 2]],
      ['embedding', ['N', 64]],
    ])
    expect(graph.metadata.get('description')).toContain('Output embedding: float32 [N, size]')
    const { vectors } = plain
    const { embedding } = isPlain ? outputs : await outputsOf(file)
    expect(embedding!.dims).toEqual([6, 64])
    for (const [at, value] of vectors.data.entries())
      expect((embedding!.data as Float32Array)[at]).toBeCloseTo(value, digits)
    const classifier = await loadClassifier(file)
    expect((await classifier.classify(bytes[0]!)).scores).toHaveLength(2)
    await classifier.release()
  })

  test('has what the embedding layer of the head makes, of length 1 if that is asked for', async () => {
    const deep = replaceHead(model, { classes: ['blue', 'red'], hidden: [7], embedding: 5, dropout: 0.5 })
    expect(deep.parameters.slice(-6, -1).filter((name) => name.endsWith('weight'))).toEqual([
      'fc.1.weight',
      'fc.4.weight',
      'fc.7.weight',
    ])
    /** A linear layer of torch, on rows. */
    const linear = (rows: readonly number[][], layer: string) => {
      const [weight, bias] = ['weight', 'bias'].map((name) => deep.get(`${layer}.${name}`)) as [Tensor, Tensor]
      const [to, from] = weight.dims as [number, number]
      const at = (i: number, j: number) => Number(weight.data[i * from + j])
      return rows.map((row) =>
        Array.from({ length: to }, (_, i) => row.reduce((sum, x, j) => sum + x * at(i, j), Number(bias.data[i]))),
      )
    }
    const features = Array.from({ length: 6 }, (_, row) => [...plain.vectors.data.subarray(row * 64, (row + 1) * 64)])
    const hidden = linear(features, 'fc.1').map((row) => row.map((value) => Math.max(value, 0)))
    const expected = linear(hidden, 'fc.4')
    const logits = linear(expected, 'fc.7').flat()
    const directions = expected.flatMap((row) => row.map((value) => value / Math.hypot(...row)))

    const own = await embed(deep, dataset, { ...loading, normalize: false })
    const normal = await embed(deep, dataset, loading)
    const file = await outputsOf(await exportClassifier(deep, undefined, { embedding: true }))
    const divided = await exportClassifier(deep, undefined, { embedding: 'normalized' })
    expect(readModel(divided).metadata.get('description')).toContain('divided by their length')
    const normalFile = await outputsOf(divided)
    const pairs = [
      [own.vectors, expected.flat()],
      [normal.vectors, directions],
      [file.embedding, expected.flat()],
      [file.logits, logits],
      [normalFile.embedding, directions],
      [normalFile.logits, logits],
    ] as const
    expect(own.vectors.dims).toEqual([6, 5])
    for (const [found, wanted] of pairs) {
      expect(found!.data).toHaveLength(wanted.length)
      for (const [at, value] of wanted.entries()) expect(Number(found!.data[at])).toBeCloseTo(value, 4)
    }
    // Another head reads the features again.
    const other = await embed(replaceHead(deep, { classes: ['a', 'b'] }), dataset, { ...loading, normalize: false })
    expect(other.vectors).toEqual(plain.vectors)
  })

  test('has no such output without that option', async () => {
    expect(readModel(await exportClassifier(model)).outputs.map(({ name }) => name)).toEqual([
      'probabilities',
      'logits',
    ])
  })

  test('averages the maps of a head that is a convolution', async () => {
    const network = await readFile(new URL('../interop/conv_head/torchscript.onnx', import.meta.url))
    const backbone = await loadOnnxBackbone(new Uint8Array(network))
    const convolutional = replaceHead(backbone, { classes: ['blue', 'red'] })
    const { vectors } = await embed(convolutional, dataset, { ...loading, normalize: false })
    const file = await exportClassifier(convolutional, undefined, { embedding: true })
    const { embedding } = await outputsOf(file, convolutional.preprocessing)
    expect(embedding!.dims).toEqual([...vectors.dims])
    for (const [at, value] of vectors.data.entries())
      expect((embedding!.data as Float32Array)[at]).toBeCloseTo(value, 4)
  })
})
