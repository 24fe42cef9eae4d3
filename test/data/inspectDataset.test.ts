import { join } from 'node:path'
import fc from 'fast-check'
import { Jimp } from 'jimp'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { HashIndex } from '../../src/data/inspection/HashIndex.js'
import { type InspectProgress, inspectDataset } from '../../src/data/inspection/inspectDataset.js'
import { seededRandom } from '../../src/random.js'
import { fuzz } from '../support/fuzz.js'
import { exif, withExif } from './decode/crafted.js'
import { directoryOf, errorOf, png, twoClasses } from './support.js'

/** Something like a photograph: blots of colour, of which no two seeds have the same. */
function scene(seed: number, { width = 160, height = 120 } = {}) {
  const source = seededRandom('scene', seed)
  const blots = Array.from({ length: 14 }, () => {
    const [x, y, r] = [source.uniform(0, width), source.uniform(0, height), source.uniform(8, 40)]
    const colour = Array.from({ length: 3 }, () => source.integer(0, 255))
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="rgb(${colour})"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${blots.join('')}</svg>`
  return sharp(Buffer.from(svg)).flatten({ background: '#777' })
}
const jpeg = async (image: Sharp, quality = 90) => new Uint8Array(await image.jpeg({ quality }).toBuffer())
const lossless = async (image: Sharp, level: number) =>
  new Uint8Array(await image.png({ compressionLevel: level }).toBuffer())

test('tells of every image whether it can be read, how large and of what kind it is', async () => {
  const plain = await jpeg(scene(0))
  const directory = await directoryOf({
    'cat/a.jpg': plain,
    'cat/b.png': await png(40, 200),
    'cat/c.jpg': withExif(await jpeg(scene(1)), exif(6)),
    'cat/d.gif': new Uint8Array(await scene(2).gif().toBuffer()),
    'dog/cut.jpg': plain.subarray(0, -100),
    'dog/grey.jpg': await jpeg(scene(3).greyscale()),
    'dog/huge.png': await png(300, 300),
    'dog/text.jpg': 'no image at all',
    'dog/really-a-gif.png': new Uint8Array(await scene(4).gif().toBuffer()),
    'empty/notes.txt': '',
  })
  const dataset = await ImageFolder(directory, { onError: 'skip' })
  const { sets } = await inspectDataset(dataset, { workers: 1, maxPixels: 80_000 })
  const at = (name: string) => dataset.samples.findIndex(({ source }) => source === join(directory, name))
  const unreadable = (name: string, code: string) => ({
    index: at(name),
    source: join(directory, name),
    code,
    message: expect.stringContaining(join(directory, name)),
  })
  expect(sets).toEqual([
    {
      name: 'train',
      images: 9,
      unreadable: [
        unreadable('dog/cut.jpg', 'data/unreadable'),
        unreadable('dog/huge.png', 'data/too-many-pixels'),
        unreadable('dog/text.jpg', 'data/unreadable'),
      ],
      classes: [
        { name: 'cat', images: 4, unreadable: 0 },
        { name: 'dog', images: 5, unreadable: 3 },
        { name: 'empty', images: 0, unreadable: 0 },
      ],
      imbalance: 2,
      width: { least: 120, median: 160, most: 200 },
      height: { least: 40, median: 120, most: 160 },
      elongated: [{ index: at('cat/b.png'), source: join(directory, 'cat/b.png'), width: 200, height: 40 }],
      formats: { jpeg: 3, gif: 2, png: 1 },
      colours: { colour: 5, grey: 1 },
      reoriented: 1,
    },
  ])
})

describe('finds images that are there more than once', () => {
  async function twoSets() {
    const photo = await jpeg(scene(10))
    const file = await lossless(scene(11), 1)
    const first = await directoryOf({
      'cat/0.jpg': photo,
      'cat/1.jpg': await jpeg(scene(12)),
      'cat/2.png': file,
      'cat/3.jpg': await jpeg(scene(13)),
      'dog/0.jpg': photo,
      'dog/1.jpg': await jpeg(scene(14)),
    })
    const second = await directoryOf({
      'cat/0.jpg': await jpeg(scene(12).resize(80, 60), 50),
      'cat/1.png': await lossless(scene(11), 9),
      'dog/0.jpg': await jpeg(scene(15)),
      'dog/1.jpg': await jpeg(scene(14).modulate({ brightness: 1.2 })),
    })
    return { train: await ImageFolder(first), validation: await ImageFolder(second) }
  }

  test('the same file, the same pixels, nearly the same; across sets and under other labels', async () => {
    const { duplicates } = await inspectDataset(await twoSets(), { workers: 1 })
    const groups = duplicates.map(({ kind, acrossSets, differentClasses, images }) => ({
      kind,
      acrossSets,
      differentClasses,
      images: images.map((image) => `${image.set} ${image.source.split('/').slice(-2).join('/')}`),
    }))
    expect(groups).toEqual([
      { kind: 'file', acrossSets: false, differentClasses: true, images: ['train cat/0.jpg', 'train dog/0.jpg'] },
      {
        kind: 'near',
        acrossSets: true,
        differentClasses: false,
        images: ['train cat/1.jpg', 'validation cat/0.jpg'],
      },
      {
        kind: 'pixels',
        acrossSets: true,
        differentClasses: false,
        images: ['train cat/2.png', 'validation cat/1.png'],
      },
      {
        kind: 'near',
        acrossSets: true,
        differentClasses: false,
        images: ['train dog/1.jpg', 'validation dog/1.jpg'],
      },
    ])
    expect(duplicates[0]!.images.map(({ likeness }) => likeness)).toEqual([1, 1])
    expect(duplicates[1]!.images[1]!.likeness).toBeGreaterThan(0.95)
  })

  test('with any number of workers, as plain data', async () => {
    const sets = await twoSets()
    const expected = await inspectDataset(sets, { workers: 0 })
    expect(JSON.parse(JSON.stringify(expected))).toEqual(expected)
    for (const workers of [1, 3]) expect(await inspectDataset(sets, { workers })).toEqual(expected)
  })
})

test('images of one tone are duplicates only if they are equal', async () => {
  const tone = (colour: number) => new Jimp({ width: 30, height: 20, color: colour }).getBuffer('image/png')
  const files = {
    'a/0.png': await tone(0xff0000ff),
    'a/1.png': await tone(0x00ff00ff),
    'a/2.png': await tone(0xff0000ff),
  }
  const { duplicates } = await inspectDataset(await ImageFolder(await directoryOf(files)), { workers: 0 })
  expect(duplicates.map(({ kind, images }) => [kind, images.map(({ index }) => index)])).toEqual([['file', [0, 2]]])
})

test('a series of takes is one group, however many there are', async () => {
  const takes = Array.from({ length: 40 }, async (_, i) => [`a/${10 + i}.jpg`, await jpeg(scene(20), 60 + i)] as const)
  const files = Object.fromEntries(await Promise.all(takes))
  const { duplicates } = await inspectDataset(await ImageFolder(await directoryOf(files)), { workers: 0 })
  expect(duplicates).toMatchObject([{ kind: 'near', images: { length: 40 } }])
})

test('tells how far it is', async () => {
  const dataset = await ImageFolder(await directoryOf({ ...(await twoClasses(3)), 'dog/1.png': 'nothing' }))
  const seen: InspectProgress[] = []
  await inspectDataset(
    { first: dataset, second: dataset },
    { workers: 1, onProgress: (progress) => seen.push(progress) },
  )
  expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  expect(seen.map(({ set }) => set)).toEqual([...Array(6).fill('first'), ...Array(6).fill('second')])
  expect(seen.at(-1)).toEqual({ set: 'second', images: 12, done: 12, unreadable: 2 })
})

test('a signal ends it, before it begins or while an image is waited for', async () => {
  const never: ImageDataset = {
    classes: ['a'],
    samples: [{ source: 'never', label: 0 }],
    read: () => new Promise(() => {}),
  }
  for (const workers of [0, 1]) {
    await expect(inspectDataset(never, { workers, signal: AbortSignal.abort('early') })).rejects.toBe('early')
    const abort = new AbortController()
    setTimeout(() => abort.abort('enough'), 50)
    await expect(inspectDataset(never, { workers, signal: abort.signal })).rejects.toBe('enough')
  }
})

test.each([
  [{}, {}, 'inspectDataset: sets must be a dataset, or datasets by name. Received: {}'],
  [{ train: 'photos' }, {}, 'inspectDataset: sets: train must be'],
  [{ classes: ['a'], samples: [{ source: 'x', label: 1 }] }, {}, 'train.samples.0.label must be below 1'],
  [{ classes: ['a'], samples: [] }, { workers: -1 }, 'inspectDataset: workers must be at least 0. Received: -1'],
  [{ classes: ['a'], samples: [] }, { near: true }, 'without unknown options (near)'],
])('is given wrong arguments: %j, %j', async (sets, options, message) => {
  const error = await errorOf(inspectDataset(sets as never, options as never))
  expect(error.code).toBe('options/invalid')
  expect(error.message).toContain(message)
})

test('a data set without images has none', async () => {
  const { sets, duplicates } = await inspectDataset({ classes: ['a'], samples: [] })
  expect(duplicates).toEqual([])
  expect(sets).toMatchObject([{ images: 0, imbalance: 1, width: undefined, formats: {} }])
})

test('the index of hashes finds what comparing all of them finds', () => {
  const word = fc.integer({ min: 0, max: 0xffffffff })
  const hash = fc.tuple(word, word)
  const changed = fc.array(fc.nat(63), { maxLength: 14 })
  const hashes = fc.array(fc.tuple(hash, changed), { minLength: 1, maxLength: 20 })
  const flip = ([high, low]: [number, number], bits: readonly number[]): [number, number] => {
    const both = [high, low]
    for (const bit of bits) both[bit >> 5]! ^= 1 << (bit & 31)
    return [both[0]! >>> 0, both[1]! >>> 0]
  }
  const bits = ([high, low]: [number, number]) => (high.toString(2) + low.toString(2)).replaceAll('0', '').length
  const property = fc.property(hashes, fc.nat(12), (list, distance) => {
    const all = list.flatMap(([hash, changes]) => [hash, flip(hash, changes)])
    const index = new HashIndex(distance)
    for (const hash of all) index.add(hash)
    for (const [high, low] of all) {
      const near = [...all.keys()].filter(
        (i) => bits([(all[i]![0] ^ high) >>> 0, (all[i]![1] ^ low) >>> 0]) <= distance,
      )
      expect([...index.near([high, low])].sort((a, b) => a - b)).toEqual(near)
    }
  })
  fc.assert(property, fuzz(100))
})
