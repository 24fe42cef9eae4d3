import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { architectures } from '../../src/backbones/architectures.js'
import type { QuantizedClassifier } from '../../src/deploy/int8/quantizeClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { directoryOf, twoClasses } from '../data/support.js'
import { trainedModel } from '../deploy/support.js'
import { json, run } from './support.js'

const golden = (name: string) => join('test/golden', name)
const IMAGES = [golden('classifier/tall.png'), golden('classifier/wide.png')]

test('inspect tells what an exported classifier is', async () => {
  const data = await json(['inspect', golden('classifier/float32.onnx')])
  expect(data).toMatchObject({
    kind: 'onnx',
    inputs: [{ name: 'image', type: 'float32', dims: ['N', 3, 32, 32] }],
    operators: { Conv: 20, Gemm: 1 },
    operatorSets: { 'ai.onnx': 17 },
    head: { weight: 'fc.weight', classes: 3, features: 16 },
    classes: ['hot dog', 'Würstchen 🌭', '寿司'],
    preprocessing: { resize: 37, crop: 32 },
    metadata: { task: 'image-classification' },
  })
  const { stdout } = await run(['inspect', golden('classifier/float32.onnx')])
  expect(stdout).toContain('\n  classes        3: hot dog, Würstchen 🌭, 寿司\n')
  const other = await run(['inspect', golden('classifiers/none.onnx')])
  expect(other.code).toBe(0)
  expect(other.stdout).toMatch(/\n {2}head {11}none: The ONNX model .*none.onnx/)
})

test('models lists the networks with their weights', async () => {
  const data = (await json(['models'])) as { backbone: string; files: { sha256: string }[] }[]
  expect(data.map(({ backbone }) => backbone)).toEqual(architectures.map(({ name }) => name))
  expect(data[0]).toMatchObject({ weights: 'IMAGENET1K_V1', imageSize: 224, licence: 'BSD-3-Clause' })
  const { stdout } = await run(['models'])
  expect(stdout).toMatch(/\n {2}efficientnet_b1 +IMAGENET1K_V1, images of 240 x 240, BSD-3-Clause\n/)
})

test('inspect tells which network weights are of', async () => {
  const directory = await directoryOf({ 'small.safetensors': saveWeights(await trainedModel({ width: 8 })) })
  const path = join(directory, 'small.safetensors')
  expect(await json(['inspect', path])).toMatchObject({
    kind: 'weights',
    format: 'safetensors',
    backbone: { backbone: 'resnet18', width: 8, classes: 3 },
    metadata: { architecture: 'resnet18' },
  })
  const { stdout } = await run(['inspect', path])
  expect(stdout).toContain('\n  network        resnet18, width 8, 3 classes\n')
  expect(stdout).toMatch(/\n {2}fc\.weight {2,}float32 {2}\[3, 64\]\n/)
})

test('inspect counts, measures and reads images', async () => {
  const directory = await directoryOf({ ...(await twoClasses(3)), 'dog/broken.png': 'no image', 'dog/notes.txt': '' })
  const data = await json(['inspect', directory])
  expect(data).toMatchObject({
    images: 7,
    classes: [
      { name: 'cat', images: 3 },
      { name: 'dog', images: 4 },
    ],
    height: { least: 20, most: 41 },
    formats: { png: 6 },
    unreadable: [{ source: join(directory, 'dog/broken.png'), code: 'data/unreadable' }],
    duplicates: [],
  })
  const { stdout } = await run(['inspect', directory])
  expect(stdout).toContain('\nclasses\n  cat  3\n  dog  4  1 of them unreadable\n')
  expect(stdout).toMatch(/passed over .*notes.txt/)
})

test('inspect describes training and test images apart, and stops when it is told to', async () => {
  const files = Object.entries(await twoClasses(2))
  const both = files.flatMap(([name, bytes]) => ['train', 'test'].map((part) => [`${part}/${name}`, bytes] as const))
  const directory = await directoryOf(Object.fromEntries(both))
  const duplicates = Array(4).fill({ kind: 'file', acrossSets: true, differentClasses: false })
  const set = { images: 4, duplicates }
  expect(await json(['inspect', directory])).toMatchObject([set, set])
  const { stdout } = await run(['inspect', directory])
  expect(stdout).toMatch(
    /duplicates +the same file, in training and validation:\s+\S+train.cat.0.png\s+\S+test.cat.0.png/,
  )
  const ended = await run(['inspect', directory], { signal: AbortSignal.abort() })
  expect(ended).toEqual({ code: 130, stdout: '', stderr: 'interrupted\n' })
})

test('predict lists the best classes of each image', async () => {
  const { code, stdout, stderr } = await run(['predict', golden('classifier/float32.onnx'), ...IMAGES, '--top', '2'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe(
    [
      '  test/golden/classifier/tall.png  hot dog 81.6 %  寿司 15.4 %',
      '  test/golden/classifier/wide.png  hot dog 75.4 %  寿司 21.2 %\n',
    ].join('\n'),
  )
  const data = await json(['predict', golden('classifier/float32.onnx'), IMAGES[0]!])
  expect(data).toMatchObject([{ image: IMAGES[0], label: 'hot dog', scores: { length: 3 } }])
})

test('an image that cannot be read does not keep the others from being predicted', async () => {
  const argv = ['predict', golden('classifier/float32.onnx'), 'missing.png', IMAGES[0]!]
  const { code, stdout, stderr } = await run(argv)
  expect(code).toBe(1)
  expect(stdout).toContain('hot dog 81.6 %')
  expect(stderr).toContain('onnx-finetune: Cannot classify the image missing.png')
})

test('evaluate measures a classifier, whatever the order of the folders', async () => {
  const [tall, wide] = await Promise.all(IMAGES.map((path) => readFile(path)))
  const directory = await directoryOf({ 'test/hot dog/a.png': tall!, 'test/寿司/b.png': wide!, 'train/寿司/c.png': '' })
  const argv = ['evaluate', golden('classifier/float32.onnx'), directory]
  expect(await json(argv)).toMatchObject({
    images: 2,
    accuracy: 0.5,
    loss: expect.closeTo(-(Math.log(0.81569) + Math.log(0.2118)) / 2, 2),
    classes: [
      { name: 'hot dog', support: 1, precision: 0.5, recall: 1 },
      { name: 'Würstchen 🌭', support: 0 },
      { name: '寿司', support: 1, recall: 0 },
    ],
    confusion: [
      [1, 0, 0],
      [0, 0, 0],
      [1, 0, 0],
    ],
    mistakes: [{ label: '寿司', predicted: 'hot dog' }],
    skipped: [],
    interval: [expect.closeTo(0.0945, 4), expect.closeTo(0.9055, 4)],
    predictions: [{ probabilities: [expect.closeTo(0.8157, 2), expect.any(Number), expect.any(Number)] }, {}],
  })
  const { stdout } = await run(argv)
  expect(stdout).toContain('95 % interval of the accuracy 9.5 to 90.5 %, calibration error ')
  expect(stdout).not.toContain('ROC')
  expect(stdout).toMatch(/^accuracy 50\.0 %, loss 0\.\d{3}, 2 images\n/)
  expect(stdout).toContain('\n  hot dog            1     50.0 %  100.0 %  66.7 %\n')
  expect(stdout).toContain('\n  寿司                1             0     0\n')
})

test('evaluate names an image that cannot be read, or leaves it out', async () => {
  const files = { 'hot dog/a.png': await readFile(IMAGES[0]!), 'hot dog/b.png': 'no image' }
  const directory = await directoryOf(files)
  const argv = ['evaluate', golden('classifier/float32.onnx'), directory]
  const { code, stderr } = await run(argv)
  expect(code).toBe(1)
  expect(stderr).toContain('Cannot classify the image')
  const broken = join(directory, 'hot dog/b.png')
  expect(await json([...argv, '--skip-unreadable'])).toMatchObject({ images: 1, skipped: [broken] })
  const none = await directoryOf({ 'hot dog/b.png': 'no image' })
  const ended = await run(['evaluate', golden('classifier/float32.onnx'), none, '--skip-unreadable'])
  expect([ended.code, ended.stdout]).toEqual([2, ''])
  expect(ended.stderr).toContain('can be read')
})

test('evaluate refuses classes that the model does not have', async () => {
  const directory = await directoryOf({ 'pizza/a.png': '' })
  const { code, stderr } = await run(['evaluate', golden('classifier/float32.onnx'), directory])
  expect(code).toBe(2)
  expect(stderr).toContain('the model has no class pizza')
})

test('export makes a classifier of weights, which predict takes', async () => {
  const directory = await directoryOf({ weights: saveWeights(await trainedModel({ width: 8 })) })
  const [weights, model] = [join(directory, 'weights'), join(directory, 'model.onnx')]
  const data = await json(['export', weights, '-o', model, '--precision', 'float16'])
  expect(data).toMatchObject({ path: model, precision: 'float16', classes: ['hot dog', 'Würstchen 🌭', '寿司'] })
  expect((await run(['predict', model, IMAGES[0]!])).code).toBe(0)

  expect((await loadClassifier(model)).preprocessing.crop).toBe(32)

  const renamed = await json(['export', weights, '-o', model, '--classes', 'a, b,c'])
  expect(renamed).toMatchObject({ classes: ['a', 'b', 'c'] })
  expect((await loadClassifier(model)).classes).toEqual(['a', 'b', 'c'])
  for (const contradiction of [
    ['--classes', 'a,b'],
    ['--image-size', '64'],
  ]) {
    const wrong = await run(['export', weights, '-o', model, ...contradiction])
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toMatch(/must be .*, as .*weights says, or left out/)
  }
})

test('export rounds to int8, and says what that costs', async () => {
  const image = await readFile(IMAGES[0]!)
  const trained = await trainedModel({ width: 4 })
  const folders = Object.fromEntries(trained.classes.map((name) => [`photos/train/${name}/a.png`, image]))
  const directory = await directoryOf({ weights: saveWeights(trained), ...folders })
  const [weights, model] = [join(directory, 'weights'), join(directory, 'model.onnx')]
  const argv = ['export', weights, '-o', model, '--int8', '--top-k', '2']
  const calibrate = ['--calibrate', join(directory, 'photos')]
  const { bytes, bytesBefore, effect }: QuantizedClassifier = await json([...argv, ...calibrate])
  expect(bytes).toBeLessThan(bytesBefore)
  expect(effect).toMatchObject({ images: 3, accuracy: { float32: 1 / 3, int8: 1 / 3 }, agreement: 1 })
  expect((await run([...argv, ...calibrate])).stdout).toMatch(
    /model\.onnx: .* kB, int8, float32 has .* kB\n33\.3 % of 3 images right, float32 33\.3 %; the same answer as float32 for 100\.0 %\n/,
  )
  expect((await run(['predict', model, IMAGES[0]!])).code).toBe(0)
  expect((await run(argv)).stderr).toContain('--int8 needs --calibrate DIR')
  expect((await run(['export', weights, ...calibrate])).stderr).toContain('--calibrate is for --int8 only')
  expect((await run([...argv, ...calibrate, '--precision', 'float16'])).stderr).toContain('contradict each other')
})

test('export refuses weights of a training with a transform that no file can say, unless told to go on', async () => {
  const trained = await trainedModel({ width: 8 })
  trained.preprocessing = { ...trained.preprocessing, inexpressible: { transform: 'invert', problem: 'it is yours' } }
  const directory = await directoryOf({ weights: saveWeights(trained) })
  const argv = ['export', join(directory, 'weights'), '-o', join(directory, 'model.onnx')]
  expect((await run(argv)).stderr).toContain('validated with the transform invert')
  expect((await run([...argv, '--ignore-transforms'])).code).toBe(0)
})

test('export takes the .onnx of any classifier, once it knows the classes', async () => {
  const directory = await directoryOf({})
  const argv = ['export', golden('classifiers/kept.onnx'), '-o', join(directory, 'model.onnx')]
  const nameless = await run(argv)
  expect(nameless.code).toBe(2)
  expect(nameless.stderr).toContain('names no classes: pass --classes A,B,..')
})

test('preview draws images and views', async () => {
  const directory = await directoryOf(await twoClasses(2))
  const output = join(directory, 'sheet.png')
  await writeFile(join(directory, 'preview.json'), JSON.stringify({ images: 3, views: 2, rotate: 20, flip: false }))
  const argv = ['preview', directory, '--config', join(directory, 'preview.json'), '-o', output]
  const { code, stdout } = await run([...argv, '--views', '4', '--image-size', '16', '--size', '16'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${output}: 3 images, each with 4 views to its right\n` })
  expect(await json(['inspect', directory])).toMatchObject({ images: 4 })
})

test('colour only where a terminal has it, unless NO_COLOR', async () => {
  const argv = ['inspect', golden('classifier/float32.onnx')]
  const bold = '\u001b[1m'
  expect((await run(argv)).stdout).not.toContain('\u001b')
  expect((await run(argv, { isTTY: true })).stdout).toContain(bold)
  expect((await run(argv, { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b')
})
