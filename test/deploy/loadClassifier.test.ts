import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import type { Classification, ClassScore } from '../../src/deploy/Classification.js'
import type { Classifier } from '../../src/deploy/Classifier.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { type LoadClassifierOptions, loadClassifier } from '../../src/deploy/loadClassifier.js'
import type { Model } from '../../src/model/Model.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { seededRandom } from '../../src/random.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { resize } from '../../src/transforms/resize.js'
import { rgbImage } from '../../src/transforms/rgbImage.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { errorOf, png } from '../data/support.js'
import { runStock } from '../support/stockRuntime.js'
import { CLASSES, trainedModel } from './support.js'

const directory = mkdtempSync(join(tmpdir(), 'classify-'))
afterAll(() => rmSync(directory, { recursive: true }))

let model: Model
let file: Uint8Array
let classifier: Classifier
beforeAll(async () => {
  model = await trainedModel({ width: 4 })
  file = await exportClassifier(model, join(directory, 'small.onnx'), { threads: 1 })
  classifier = await loadClassifier(file, { threads: 1 })
})
afterAll(() => classifier.release())

async function load(source: string | URL | Uint8Array, options: LoadClassifierOptions = {}): Promise<Classifier> {
  const loaded = await loadClassifier(source, { threads: 1, ...options })
  onTestFinished(() => loaded.release())
  return loaded
}

/** The same way on foot: training's test view, the model's own graph, softmax. */
async function probabilitiesOf(bytes: Uint8Array): Promise<number[]> {
  const { mean, std } = model.preprocessing
  const view = compose([resize(37), centerCrop(32), toTensor(), normalize(mean, std)])
  const { data } = view.apply(await decodeImage(bytes), seededRandom(0))
  const { logits } = await runStock(model.graph, { input: float32(data, [1, 3, 32, 32]) })
  const powers = Array.from(logits!.data as Float32Array, Math.exp)
  return powers.map((power) => power / powers.reduce((sum, value) => sum + value, 0))
}

const scoreOf = ({ scores }: Classification, label: string) => scores.find((score) => score.label === label)!.score

function expectScores(result: Classification, expected: Readonly<Record<string, number>>, tolerance: number): void {
  expect(result.scores).toHaveLength(Object.keys(expected).length)
  for (const [label, score] of Object.entries(expected))
    expect(Math.abs(scoreOf(result, label) - score), label).toBeLessThan(tolerance)
  const best = Object.entries(expected).sort((a, b) => b[1] - a[1])[0]!
  expect(result.label).toBe(best[0])
}

describe('classify', () => {
  test.each([
    [64, 48],
    [33, 90],
    [20, 20],
    [37, 32],
  ])('says of an image of %i x %i what the model says', async (height, width) => {
    const bytes = await png(height, width, height)
    const probabilities = await probabilitiesOf(bytes)
    const expected = Object.fromEntries(CLASSES.map((label, i) => [label, probabilities[i]!]))
    expectScores(await classifier.classify(bytes), expected, 1e-5)
  })

  test('takes a path, a URL, bytes and pixels, one or many, and keeps their order', async () => {
    const bytes = await Promise.all([1, 2, 3].map((seed) => png(40, 50, seed)))
    const path = join(directory, 'one.png')
    writeFileSync(path, bytes[0]!)
    const one = await classifier.classify(path)
    const pixels = await decodeImage(bytes[0]!)
    const dataUrl = `data:image/png;base64,${Buffer.from(bytes[0]!).toString('base64')}`
    expect(await classifier.classify(bytes[0]!)).toEqual(one)
    expect(await classifier.classify(pathToFileURL(path))).toEqual(one)
    expect(await classifier.classify(pixels)).toEqual(one)
    expect(await errorOf(classifier.classify(dataUrl))).toMatchObject({ code: 'deploy/unreadable-image' })

    // More than are computed at a time, and views whose pixels lie apart.
    const many = [...bytes, path, pixels, ...bytes, ...bytes]
    const results = await classifier.classify(many)
    expect(results).toHaveLength(11)
    const alone = await Promise.all(bytes.map((each) => classifier.classify(each)))
    for (const [i, which] of [0, 1, 2, 0, 0, 0, 1, 2, 0, 1, 2].entries())
      for (const { label, score } of alone[which]!.scores) expect(scoreOf(results[i]!, label)).toBeCloseTo(score, 5)
    expect(await classifier.classify([])).toEqual([])
    expect(await classifier.classify([path])).toEqual([one])
  })

  test('puts the most probable class first, and as many as top says', async () => {
    const bytes = await png(40, 50)
    const { label, score, scores } = await classifier.classify(bytes)
    expect({ label, score }).toEqual(scores[0])
    expect(scores.map((each) => each.score)).toEqual(scores.map((each) => each.score).sort((a, b) => b - a))
    expect(scores.reduce((sum, each) => sum + each.score, 0)).toBeCloseTo(1, 5)
    expect((await classifier.classify(bytes, { top: 2 })).scores).toEqual(scores.slice(0, 2))
    expect((await classifier.classify([bytes], { top: 9 }))[0]!.scores).toEqual(scores)
  })

  test('can be called while it is at work', async () => {
    const bytes = await Promise.all([1, 2, 3, 4].map((seed) => png(40, 50, seed)))
    const busy = await load(file, { runtime: 'onnxruntime-web' })
    const together = await Promise.all(bytes.map((each) => busy.classify(each)))
    for (const [i, each] of bytes.entries()) expect(await busy.classify(each)).toEqual(together[i])
  })
})

describe('the file', () => {
  test('gives classes and preprocessing, from a path, a URL or bytes', async () => {
    for (const source of [join(directory, 'small.onnx'), pathToFileURL(join(directory, 'small.onnx')), file]) {
      const { classes, preprocessing } = await load(source)
      expect(classes).toEqual(CLASSES)
      expect(preprocessing).toEqual({ ...model.preprocessing, autoOrient: true })
    }
  })

  test('keeps class names of any letters', async () => {
    const classes = ['"quoted", \\ and\nbroken', '', ' ', '\u0000', 'e\u0301', '\u{1f469}\u200d\u{1f373}', '__proto__']
    const named = await trainedModel({ width: 2, classes: ['x', 'y', ...classes.filter(Boolean)] })
    const loaded = await load(await exportClassifier(named, undefined, { threads: 1 }))
    expect(loaded.classes).toEqual(named.classes)
    const { scores } = await loaded.classify(await png(40, 40))
    expect(new Set(scores.map(({ label }) => label))).toEqual(new Set(named.classes))
  })
})

/** Answers of Python's onnxruntime, its images prepared by Pillow: made by test/interop/exported_classifier.py. */
describe('Python, Pillow and we agree', () => {
  const golden = new URL('../golden/classifier/', import.meta.url)
  const answers = JSON.parse(readFileSync(new URL('answers.json', golden), 'utf8')) as Record<
    'float32' | 'float16' | 'top',
    Record<string, { scores: Record<string, number>; top?: ClassScore[] }>
  >
  const cases = (['float32', 'float16'] as const).flatMap((precision) =>
    (['onnxruntime-node', 'onnxruntime-web'] as const).flatMap((runtime) =>
      (['sharp', 'jimp'] as const).map((decoder) => [precision, runtime, decoder] as const),
    ),
  )
  test.each<readonly ['float32' | 'float16', RuntimeName, 'sharp' | 'jimp']>(cases)(
    '%s in %s, decoded by %s',
    async (precision, runtime, decoder) => {
      const loaded = await load(new URL(`${precision}.onnx`, golden), { runtime, decoder })
      const images = Object.entries(answers[precision])
      const results = await loaded.classify(images.map(([name]) => new URL(name, golden)))
      for (const [i, [, { scores }]] of images.entries()) expectScores(results[i]!, scores, 1e-4)
    },
  )

  test('a calibrated file that ranks its classes', async () => {
    const loaded = await load(new URL('top.onnx', golden))
    for (const [name, { scores, top }] of Object.entries(answers.top)) {
      const result = await loaded.classify(new URL(name, golden), { top: 2 })
      expect(result.scores.map(({ label }) => label)).toEqual(top!.map(({ label }) => label))
      for (const [i, { score }] of result.scores.entries()) expect(score).toBeCloseTo(top![i]!.score, 4)
      expect(scores[result.label]).toBeCloseTo(result.score, 4)
    }
  })

  test('the file that Python had is the one that is exported today', async () => {
    for (const precision of ['float32', 'float16'] as const) {
      const today = readModel(await exportClassifier(await trainedModel({ width: 2 }), undefined, { precision }))
      const then = readModel(new Uint8Array(readFileSync(new URL(`${precision}.onnx`, golden))))
      const plain = ({ nodes, inputs, outputs, initializers, metadata, opsets, irVersion }: Graph) => ({
        nodes: nodes.map(({ source, ...node }) => node),
        ...{ inputs, outputs, initializers, metadata, opsets, irVersion },
      })
      expect(plain(today)).toEqual(plain(then))
    }
  })
})

describe('typed errors', () => {
  const changed = (change: (graph: Graph) => void): Uint8Array => {
    const graph = readModel(file)
    change(graph)
    return writeModel(graph)
  }
  const metadata = (key: string, value: string) => changed((graph) => graph.metadata.set(key, value))

  test('a file that is missing, or no model', async () => {
    const missing = await errorOf(loadClassifier(join(directory, 'missing.onnx')))
    expect(missing.code).toBe('deploy/unreadable')
    expect(missing.message).toMatch(/Cannot read a classifier from .*missing\.onnx: ENOENT/)
    expect(await errorOf(loadClassifier(new Uint8Array([1, 2, 3])))).toMatchObject({ code: 'onnx/malformed' })
  })

  test('a model that is no classifier says what it lacks', async () => {
    const { message } = await errorOf(loadClassifier(writeModel(model.graph)))
    expect(message).toMatch(
      /^the file of \d+ bytes is no classifier that exportClassifier made: it has no metadata entry classes, metadata entry preprocessing, input image, output probabilities$/,
    )
    const named = join(directory, 'unnamed.onnx')
    writeFileSync(
      named,
      changed((graph) => graph.metadata.delete('classes')),
    )
    const error = await errorOf(loadClassifier(named))
    expect(error).toMatchObject({ code: 'deploy/not-a-classifier', facts: { missing: ['metadata entry classes'] } })
    expect(error.message).toContain('unnamed.onnx')
  })

  test.each([
    ['classes', 'hot dog', 'it is not JSON'],
    ['classes', '[]', '>=1'],
    ['classes', '["a", 1]', '1: '],
    ['classes', '["a", "b"]', 'the output probabilities has 3 of them'],
    ['preprocessing', '{"resize": 37}', 'crop'],
    ['preprocessing', 'null', 'expected object'],
    ['preprocessing', '{"resize": 1, "crop": 100000}', 'crop: Too big: expected number to be <=8192'],
  ])('metadata %s = %s', async (key, value, problem) => {
    const { code, message } = await errorOf(loadClassifier(metadata(key, value)))
    expect(code).toBe('deploy/bad-metadata')
    expect(message).toContain(problem)
    expect(message).toContain(`The metadata entry ${key} of the file of`)
  })

  test('preprocessing that is not known here is not guessed', async () => {
    const known = JSON.parse(readModel(file).metadata.get('preprocessing')!)
    for (const [key, value] of Object.entries({
      interpolation: 'bicubic',
      channels: 'BGR',
      crop: 31,
      range: [0, 255],
    })) {
      const bytes = metadata('preprocessing', JSON.stringify({ ...known, [key]: value }))
      expect(await errorOf(loadClassifier(bytes)), key).toMatchObject({ code: 'deploy/bad-metadata' })
    }
    // What others write beside it does no harm.
    expect((await load(metadata('preprocessing', JSON.stringify({ ...known, extra: 1 })))).classes).toEqual(CLASSES)
  })

  test('images that cannot be read are named', async () => {
    const good = await png(40, 40)
    const text = new TextEncoder().encode('This is certainly not an image, whatever its name')
    const second = await errorOf(classifier.classify([good, text]))
    expect(second.message).toBe('Cannot classify the image number 2: it is in no known image format')
    const cut = await errorOf(classifier.classify(good.subarray(0, 60)))
    expect(cut.code).toBe('deploy/unreadable-image')
    const missing = await errorOf(classifier.classify(join(directory, 'missing.jpg')))
    expect(missing.message).toMatch(/Cannot classify the image .*missing\.jpg: ENOENT/)
    const small = await load(file, { maxPixels: 100 })
    expect(await errorOf(small.classify(good))).toMatchObject({ code: 'data/too-many-pixels' })
  })

  test('wrong arguments', async () => {
    const notImages = [3, null, {}, '', new Float32Array(3), rgbImage(new Uint8Array(0), 0, 4)]
    for (const value of notImages) {
      const { message } = await errorOf(classifier.classify([await png(40, 40), value as never]))
      expect(message).toContain('classify: image 2 of 2 must be a path, a URL, the bytes of an image file')
    }
    const invalid = { code: 'options/invalid' }
    expect(await errorOf(classifier.classify('x.png', { top: 0 }))).toMatchObject(invalid)
    expect(await errorOf(loadClassifier(file, { threads: 0 }))).toMatchObject(invalid)
    expect(await errorOf(loadClassifier(3 as never))).toMatchObject(invalid)
    const abort = { signal: AbortSignal.abort('enough') }
    await expect(loadClassifier(file, abort)).rejects.toBe('enough')
    await expect(classifier.classify(await png(40, 40), abort)).rejects.toBe('enough')
  })

  test('a call that is under way when the classifier is released gives its answer, then the memory is freed', async () => {
    const short = await loadClassifier(file, { threads: 1 })
    const images = await Promise.all(Array.from({ length: 20 }, (_, i) => png(40, 40, i)))
    const expected = await classifier.classify(images)
    const ended: string[] = []
    const call = short.classify(images).finally(() => ended.push('call'))
    const released = short.release().then(() => ended.push('released'))
    expect(await errorOf(short.classify(images[0]!))).toMatchObject({ code: 'deploy/released' })
    const results = await call
    await released
    expect(ended).toEqual(['call', 'released'])
    expect(results).toEqual(expected)
  })

  test('a call that fails does not keep the memory', async () => {
    const short = await loadClassifier(file, { threads: 1 })
    const call = errorOf(short.classify(new Uint8Array(3)))
    await short.release()
    expect(await call).toMatchObject({ code: 'deploy/unreadable-image' })
  })

  test('a released classifier, and a provider that is not there', async () => {
    const short = await loadClassifier(file, { threads: 1 })
    const last = short.classify([])
    await Promise.all([short.release(), short.release(), last])
    expect(await errorOf(short.classify(await png(40, 40)))).toMatchObject({ code: 'deploy/released' })
    const { code, message } = await errorOf(loadClassifier(file, { executionProviders: ['nope'] }))
    expect(code).toBe('session/no-provider')
    expect(message).toMatch(/nope \(.*backend not found/)
  })
})
