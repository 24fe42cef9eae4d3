import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import type { Batch } from '../../src/data/loader/batch.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import type { LoaderOptions } from '../../src/data/loader/loaderOptions.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { compose } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { randomHorizontalFlip } from '../../src/transforms/randomHorizontalFlip.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { contiguousImage, type RgbImage, rgbImage } from '../../src/transforms/rgbImage.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import type { Transform } from '../../src/transforms/transform.js'
import { thorough } from '../support/thorough.js'
import { collect, directoryOf, errorOf, twoClasses } from './support.js'

const augment = [randomResizedCrop(8), randomHorizontalFlip()] as const
const builtIn = compose([...augment, toTensor(), normalize([0.4, 0.5, 0.6], [0.2, 0.3, 0.4])])

/** A transform of one's own, with chance in it. */
const jitter: Transform<RgbImage, RgbImage> = {
  name: 'jitter',
  apply(image, random) {
    const shift = random.integer(-20, 20)
    return rgbImage(
      contiguousImage(image).data.map((byte) => Math.min(Math.max(byte + shift, 0), 255)),
      image.shape[0]!,
      image.shape[1]!,
    )
  },
}
const ownInTheMiddle = compose([...augment, jitter, randomHorizontalFlip(), toTensor()])
const ownFirst = compose([jitter, ...augment, toTensor()])
const ownLast = compose([
  ...augment,
  toTensor(),
  {
    name: 'noise',
    apply: (tensor: Tensor<'float32'>, random): Tensor<'float32'> => ({
      ...tensor,
      data: tensor.data.map((value) => value + random.normal()),
    }),
  },
])

async function load(dataset: ImageDataset, options: Partial<LoaderOptions>, epochs = [0, 1]): Promise<Batch[][]> {
  const loader = createLoader(dataset, { transform: builtIn, batchSize: 4, ...options })
  const all: Batch[][] = []
  for (const epoch of epochs) all.push(await collect(loader.epoch(epoch)))
  await loader.close()
  return all
}

describe('createLoader', () => {
  test('makes batches in memory that it gets back, and leaves nothing of the old ones there', async () => {
    const dataset = await ImageFolder(await directoryOf(await twoClasses(9)))
    const options = { transform: compose([randomResizedCrop(160), toTensor()]), batchSize: 4, prefetch: 1, workers: 1 }
    const expected = (await load(dataset, options, [0]))[0]!.map(({ images }) => images.data.slice())
    const loader = createLoader(dataset, options)
    const seen: [Float32Array, ArrayBufferLike][] = []
    for await (const { images } of loader.epoch(0)) {
      seen.push([images.data.slice(), images.data.buffer])
      loader.pool.release(images.data.fill(Number.NaN).buffer as ArrayBuffer)
    }
    await loader.close()
    expect(seen.map(([data]) => data)).toEqual(expected)
    expect(new Set(seen.map(([, memory]) => memory)).size).toBeLessThan(seen.length)
  })

  test('batches are in order, the last one smaller or dropped', async () => {
    const dataset = await ImageFolder(await directoryOf(await twoClasses(5)))
    const [batches] = await load(dataset, { workers: 0 }, [0])
    expect(batches!.map(({ images }) => images.dims)).toEqual([
      [4, 3, 8, 8],
      [4, 3, 8, 8],
      [2, 3, 8, 8],
    ])
    expect(batches!.flatMap(({ indices }) => [...indices])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(batches!.flatMap(({ labels }) => [...labels.data])).toEqual([0n, 0n, 0n, 0n, 0n, 1n, 1n, 1n, 1n, 1n])
    const loader = createLoader(dataset, { transform: builtIn, batchSize: 4, workers: 0, dropLast: true })
    expect([loader.batches, loader.samples]).toEqual([2, 8])
    expect(await collect(loader.epoch(0))).toHaveLength(2)
  })

  test('shuffling visits every sample once, in an order of each epoch and seed', async () => {
    const dataset = await ImageFolder(await directoryOf(await twoClasses(5)))
    const order = async (seed: number) =>
      (await load(dataset, { workers: 0, shuffle: true, seed })).map((epoch) => epoch.flatMap((b) => [...b.indices]))
    const [first, second] = await order(0)
    expect([...first!].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(second).not.toEqual(first)
    expect(await order(0)).toEqual([first, second])
    expect(await order(1)).not.toEqual([first, second])
  })

  test('a batch is what the pipeline makes of each sample with the random stream of (seed, epoch, index)', async () => {
    const pixels = new Uint8Array(await readFile(new URL('../golden/decode/alpha.png', import.meta.url)))
    const dataset: ImageDataset = { classes: ['a'], samples: [{ source: 'one', label: 0 }], read: async () => pixels }
    const decoded = await readFile(new URL('../golden/decode/alpha.png.rgb', import.meta.url))
    for (const transform of [builtIn, ownInTheMiddle]) {
      const [[batch]] = (await load(dataset, { transform, workers: 1, seed: 7 }, [3])) as [[Batch]]
      const expected = transform.apply(rgbImage(new Uint8Array(decoded), 12, 16), seededRandom(7, 'augment', 3, 0))
      expect(batch.images.data).toEqual(expected.data)
    }
  })

  test.each([
    ['built-in transforms', builtIn, thorough ? [0, 1, 2, 4] : [3]],
    ['one of my own in the middle', ownInTheMiddle, [2]],
    ...(thorough
      ? ([
          ['one of my own first', ownFirst, [2]],
          ['one of my own last', ownLast, [2]],
        ] as const)
      : []),
  ] as const)('the number of workers changes no byte: %s', async (_, transform, counts) => {
    const dataset = await ImageFolder(await directoryOf(await twoClasses(6)))
    const options = { transform, shuffle: true, seed: 3, batchSize: 5 }
    const expected = await load(dataset, { ...options, workers: 0, cacheBytes: 0 })
    for (const workers of counts) {
      const actual = await load(dataset, { ...options, workers, prefetch: 3 })
      expect(actual.flat().map(({ images }) => Buffer.from(images.data.buffer))).toEqual(
        expected.flat().map(({ images }) => Buffer.from(images.data.buffer)),
      )
      expect(actual).toEqual(expected)
    }
  })

  test('the cache spares decoding: files may go after the first epoch', async () => {
    const directory = await directoryOf(await twoClasses(3))
    const dataset = await ImageFolder(directory)
    const expected = await load(dataset, { workers: 0, shuffle: true })
    for (const workers of [0, 2]) {
      const loader = createLoader(dataset, { transform: builtIn, batchSize: 4, shuffle: true, workers })
      expect(await collect(loader.epoch(0))).toEqual(expected[0])
      const kept = await Promise.all(
        dataset.samples.map(async ({ source }) => [source, await readFile(source)] as const),
      )
      for (const [source] of kept) await writeFile(source, '')
      expect(await collect(loader.epoch(1))).toEqual(expected[1])
      for (const [source, bytes] of kept) await writeFile(source, bytes)
      await loader.close()
    }
  })

  test('at most prefetch batches are in the making beside the one handed out', async () => {
    const files = Object.values(await twoClasses(10))
    const asked: number[] = []
    const dataset: ImageDataset = {
      classes: ['a'],
      samples: files.map((_, i) => ({ source: `${i}`, label: 0 })),
      read: async (index) => {
        asked.push(index)
        return files[index]!
      },
    }
    const loader = createLoader(dataset, { transform: builtIn, batchSize: 2, workers: 1, prefetch: 2 })
    let taken = 0
    for await (const _ of loader.epoch(0)) {
      taken++
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(asked.length).toBeLessThanOrEqual((taken + 2) * 2)
    }
    expect(taken).toBe(10)
    await loader.close()
  })

  test('an epoch can be left early, and the next one is complete', async () => {
    const dataset = await ImageFolder(await directoryOf(await twoClasses(6)))
    const [expected] = await load(dataset, { workers: 0 }, [1])
    for (const workers of [0, 2]) {
      const loader = createLoader(dataset, { transform: builtIn, batchSize: 4, workers })
      for await (const _ of loader.epoch(0)) break
      expect(await collect(loader.epoch(1))).toEqual(expected)
      await loader.close()
    }
  })
})

describe('createLoader, when something is wrong', () => {
  const broken = async () => {
    const directory = await directoryOf({
      ...(await twoClasses(4)),
      'cat/1.png': 'nothing that is an image at all',
      'dog/2.png': '',
    })
    return { directory, dataset: await ImageFolder(directory) }
  }

  test('an unreadable image is an error that names it', async () => {
    const { directory, dataset } = await broken()
    for (const workers of [0, 1, 2]) {
      const error = await errorOf(load(dataset, { workers }))
      expect(error.code).toBe('data/unreadable')
      expect(error.message).toContain(join(directory, 'cat/1.png'))
    }
  })

  test('or is left out of its batch and reported, whatever the number of workers', async () => {
    const { directory, dataset } = await broken()
    const expected = await load(dataset, { workers: 0, onError: 'skip' })
    expect(expected[0]!.map(({ indices }) => [...indices])).toEqual([
      [0, 2, 3],
      [4, 5, 7],
    ])
    expect(expected[0]!.map(({ images }) => images.data.length)).toEqual([3 * 192, 3 * 192])
    expect(expected[0]!.flatMap(({ skipped }) => skipped.map(({ source }) => source))).toEqual([
      join(directory, 'cat/1.png'),
      join(directory, 'dog/2.png'),
    ])
    const data = (batches: Batch[][]) => batches.flat().map(({ images, indices }) => [images.data, indices])
    for (const workers of [1, 2]) {
      expect(data(await load(dataset, { workers, onError: 'skip' }))).toEqual(data(expected))
    }
    const loader = createLoader(dataset, { transform: builtIn, batchSize: 1, workers: 1, onError: 'skip' })
    expect(await collect(loader.epoch(0))).toHaveLength(6)
    await collect(loader.epoch(1))
    expect(loader.skipped.map(({ index, error }) => [index, error.code])).toEqual([
      [1, 'data/unreadable'],
      [6, 'data/unreadable'],
    ])
    await loader.close()
  })

  test('a file that is gone is an unreadable image', async () => {
    const dataset: ImageDataset = { classes: ['a'], samples: [{ source: '/nowhere/1.png', label: 0 }] }
    for (const workers of [0, 1]) {
      const error = await errorOf(load(dataset, { workers }))
      expect(error).toMatchObject({ code: 'data/unreadable', facts: { source: '/nowhere/1.png' } })
    }
  })

  test('a transform that throws is named with the image, its own error as the cause, and never skipped', async () => {
    const dataset = await ImageFolder(await directoryOf(await twoClasses(2)))
    const faulty = {
      name: 'faulty',
      apply: (): RgbImage => {
        throw new RangeError('my own mistake')
      },
    }
    const transform = compose([randomResizedCrop(8), faulty, toTensor()])
    for (const workers of [0, 1]) {
      const error = await errorOf(load(dataset, { transform, workers, onError: 'skip' }))
      expect(error.message).toContain(
        `The transform faulty (number 2 of the pipeline) threw an error on ${dataset.samples[0]!.source}`,
      )
      expect(error.cause).toBeInstanceOf(RangeError)
    }
  })

  test('tensors of several shapes, or no tensors, are an error that says what to do', async () => {
    const dataset = await ImageFolder(await directoryOf(await twoClasses(2)))
    const error = await errorOf(load(dataset, { transform: toTensor(), workers: 1 }))
    expect(error.code).toBe('data/unequal-shapes')
    expect(error.message).toContain(`[3,20,18] of ${dataset.samples[0]!.source}`)
    const none = await errorOf(load(dataset, { transform: randomResizedCrop(8) as never, workers: 1 }))
    expect(none.message).toContain('an image (toTensor() is missing) of')
  })

  test('a signal ends it, waiting or not', async () => {
    const dataset: ImageDataset = {
      classes: ['a'],
      samples: [{ source: 'never', label: 0 }],
      read: () => new Promise(() => {}),
    }
    for (const workers of [0, 1]) {
      const abort = new AbortController()
      setTimeout(() => abort.abort('enough'), 50)
      await expect(load(dataset, { workers, signal: abort.signal })).rejects.toBe('enough')
      await expect(load(dataset, { workers, signal: AbortSignal.abort('early') })).rejects.toBe('early')
    }
  })

  test('closing ends a waiting epoch, and a closed loader says so', async () => {
    const read = () => new Promise<Uint8Array>(() => {})
    const dataset: ImageDataset = { classes: ['a'], samples: [{ source: 'never', label: 0 }], read }
    const loader = createLoader(dataset, { transform: builtIn, batchSize: 1, workers: 1 })
    const waiting = errorOf(collect(loader.epoch(0)))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await loader.close()
    expect((await waiting).code).toBe('data/closed')
    expect((await errorOf(collect(loader.epoch(1)))).code).toBe('data/closed')
  })

  test.each([
    [{ batchSize: 0 }, 'createLoader: batchSize must be above 0. Received: 0'],
    [{ workers: -1 }, 'createLoader: workers must be at least 0. Received: -1'],
    [{ transform: 'crop' }, 'createLoader: transform must be a transform'],
    [{ batchsize: 3 }, 'without unknown options (batchsize)'],
  ])('options are checked: %j', (options, message) => {
    const dataset: ImageDataset = { classes: ['a'], samples: [{ source: 'x', label: 0 }] }
    expect(() => createLoader(dataset, { transform: builtIn, batchSize: 1, ...options } as LoaderOptions)).toThrow(
      message,
    )
  })

  test('a dataset is checked', () => {
    const make = (dataset: ImageDataset) => () => createLoader(dataset, { transform: builtIn, batchSize: 1 })
    expect(make({ classes: ['a'], samples: [] })).toThrow(
      'createLoader: dataset: samples must be at least 1 items long',
    )
    const strange = { classes: ['a'], samples: [{ source: 'x', label: 1 }] }
    expect(make(strange)).toThrow('samples.0.label must be below 1, the number of classes. Received: 1')
  })
})
