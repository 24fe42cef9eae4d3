import { expect, test } from 'vitest'
import { pickSamples } from '../../src/data/contactSheet.js'
import { concatDatasets } from '../../src/data/dataset/concatDatasets.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { imageDataset } from '../../src/data/dataset/imageDataset.js'
import { splitDataset } from '../../src/data/dataset/splitDataset.js'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import { inspectDataset } from '../../src/data/inspection/inspectDataset.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import type { LoaderOptions } from '../../src/data/loader/loaderOptions.js'
import { compose } from '../../src/transforms/compose.js'
import { randomHorizontalFlip } from '../../src/transforms/randomHorizontalFlip.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { cropImage, rgbImage } from '../../src/transforms/rgbImage.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { collect, directoryOf, errorOf, twoClasses } from './support.js'

const options = (workers: number): LoaderOptions => ({
  transform: compose([randomResizedCrop(16), randomHorizontalFlip(), toTensor()]),
  batchSize: 5,
  shuffle: true,
  seed: 3,
  workers,
})

/** The same images as files in folders, and in memory: bytes, blobs and pixels by turns. */
async function bothForms() {
  const files = await twoClasses(6)
  const folder = await ImageFolder(await directoryOf(files))
  const samples = await Promise.all(
    Object.entries(files).map(async ([path, bytes], i) => {
      const image = i % 3 === 0 ? bytes : i % 3 === 1 ? new Blob([bytes as BlobPart]) : await decodeImage(bytes)
      return { image, label: path.split('/')[0]!, key: path }
    }),
  )
  return { folder, inMemory: imageDataset(samples) }
}

async function batchesOf(dataset: Parameters<typeof createLoader>[0], workers: number) {
  const loader = createLoader(dataset, options(workers))
  try {
    const batches = [...(await collect(loader.epoch(0))), ...(await collect(loader.epoch(1)))]
    return batches.map(({ images, labels }) => ({ images: [...images.data], labels: [...labels.data] }))
  } finally {
    await loader.close()
  }
}

test.each([0, 2])('images in memory load as the same files do, to the bit (%i workers)', async (workers) => {
  const { folder, inMemory } = await bothForms()
  expect(inMemory.classes).toEqual(folder.classes)
  expect(await batchesOf(inMemory, workers)).toEqual(await batchesOf(folder, workers))
})

test('loading leaves the pixels that were given as they were', async () => {
  const image = rgbImage(new Uint8Array(20 * 20 * 3).fill(7), 20, 20)
  const dataset = imageDataset([
    { image, label: 'a' },
    { image: cropImage(image, { top: 2, left: 3, height: 10, width: 12 }), label: 'b' },
  ])
  await batchesOf(dataset, 1)
  expect(image.data.length).toBe(1200)
  const [, crop] = await pickSamples(dataset, [0, 1])
  expect(crop!.shape).toEqual([10, 12, 3])
})

test('a split, an inspection and a sheet take them too', async () => {
  const { folder, inMemory } = await bothForms()
  const [train, validation] = splitDataset(inMemory, { share: 0.5 })
  expect(await batchesOf(train, 1)).toEqual(await batchesOf(splitDataset(folder, { share: 0.5 })[0], 1))
  const { sets, duplicates } = await inspectDataset({ train, validation, folder }, { workers: 0 })
  expect(sets.map(({ images }) => images)).toEqual([6, 6, 12])
  expect(sets[0]!.formats.pixels! + sets[1]!.formats.pixels!).toBe(4)
  expect(duplicates.filter(({ kind }) => kind === 'file').length).toBe(8)
  expect(duplicates.filter(({ kind }) => kind === 'pixels').length).toBe(4)
  expect(await pickSamples(inMemory, [2, -1])).toEqual(
    await pickSamples(
      folder,
      [2, -1].map((at) => folder.samples.findIndex(({ source }) => source.endsWith(inMemory.samples.at(at)!.source))),
    ),
  )
})

test('labels are names or indices; names without an order are sorted', () => {
  const image = new Uint8Array(1)
  const named = imageDataset([
    { image, label: 'b' },
    { image: new File([], 'two.png'), label: 'a' },
  ])
  expect(named.classes).toEqual(['a', 'b'])
  expect(named.samples).toEqual([
    { source: 'image 1', label: 1 },
    { source: 'two.png', label: 0 },
  ])
  const given = imageDataset(
    [
      { image, label: 1, key: 'x' },
      { image, label: 'b' },
    ],
    { classes: ['b', 'a'] },
  )
  expect(given.samples.map(({ label }) => label)).toEqual([1, 0])
})

test('an image has several labels, or numbers', () => {
  const image = new Uint8Array(1)
  const several = imageDataset([
    { image, labels: ['b', 'a', 'b'] },
    { image, labels: [] },
  ])
  expect(several.classes).toEqual(['a', 'b'])
  expect(several.samples.map(({ label, labels }) => [label, labels])).toEqual([
    [1, [1, 0]],
    [0, []],
  ])
  const numbers = imageDataset([{ image, values: [3, 0.5] }], { classes: ['x', 'y'] })
  expect(numbers.samples).toEqual([{ source: 'image 1', label: 0, values: [3, 0.5] }])
  const joined = concatDatasets([imageDataset([{ image, labels: ['c', 'b'] }]), several])
  expect(joined.classes).toEqual(['b', 'c', 'a'])
  expect(joined.samples.map(({ labels }) => labels)).toEqual([[1, 0], [0, 2], []])
})

test.each([
  [
    'a label among labels',
    [
      { image: new Uint8Array(1), labels: ['a'] },
      { image: new Uint8Array(1), label: 'a' },
    ],
    {},
    'imageDataset: samples: 1.label',
  ],
  ['no target', [{ image: new Uint8Array(1) }], {}, 'imageDataset: samples: 0.label'],
  [
    'another number of values',
    [{ image: new Uint8Array(1), values: [1, 2] }],
    { classes: ['a'] },
    'imageDataset: samples: 0.values',
  ],
  ['values without names', [{ image: new Uint8Array(1), values: [1] }], {}, 'imageDataset: samples: 0.values'],
  [
    'an unknown label',
    [{ image: new Uint8Array(1), labels: ['a', 'c'] }],
    { classes: ['a'] },
    'imageDataset: samples: 0.labels',
  ],
  ['a number without classes', [{ image: new Uint8Array(1), label: 1 }], {}, 'imageDataset: samples: 0.label'],
  [
    'an index too high',
    [{ image: new Uint8Array(1), label: 2 }],
    { classes: ['a', 'b'] },
    'imageDataset: samples: 0.label',
  ],
  ['an unknown name', [{ image: new Uint8Array(1), label: 'c' }], { classes: ['a'] }, 'imageDataset: samples: 0.label'],
  ['no image', [{ image: 'a.png', label: 'c' }], {}, 'imageDataset: samples: 0.image'],
  ['no sample', [], {}, 'imageDataset: samples'],
])('%s is refused', (_, samples, options, option) => {
  expect(() => imageDataset(samples as never, options)).toThrow(
    expect.objectContaining({ code: 'options/invalid', facts: expect.objectContaining({ option }) }),
  )
})

test('a dataset whose image() fails or returns something else is unreadable, by its name', async () => {
  const of = (image: () => Promise<never>) => ({ classes: ['a'], samples: [{ source: 'it', label: 0 }], image })
  const failing = createLoader(
    of(() => Promise.reject(new Error('no camera'))),
    { ...options(0), batchSize: 1 },
  )
  const wrong = createLoader(
    of(async () => 'nothing' as never),
    { ...options(1), batchSize: 1 },
  )
  const errors = await Promise.all([failing, wrong].map((loader) => errorOf(collect(loader.epoch(0)))))
  await wrong.close()
  expect(errors.map(({ code, facts }) => [code, facts])).toEqual([
    ['data/unreadable', { source: 'it', problem: 'no camera' }],
    ['data/unreadable', { source: 'it', problem: 'image() returned no image' }],
  ])
})
