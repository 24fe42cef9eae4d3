import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import type { Batch } from '../../src/data/loader/batch.js'
import { createLoader, type Loader } from '../../src/data/loader/createLoader.js'
import { compose } from '../../src/transforms/compose.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { fuzz } from '../support/fuzz.js'
import { collect, png } from './support.js'

/** `FUZZ_RUNS=2000 npx vitest run test/data/loaderProperties.test.ts` looks longer; FUZZ_SEED looks elsewhere. */
const { numRuns, seed } = fuzz(12)

/** As many as a data set of these tests has at most. */
const images: Uint8Array[] = []
beforeAll(async () => {
  for (let i = 0; i < 23; i++) images.push(await png(6 + (i % 5), 6 + (i % 3), i))
})

/** A data set and the options of a loader. `delays` are the milliseconds that each sample takes to come, in turn. */
const setting = fc.record({
  length: fc.integer({ min: 1, max: 23 }),
  unreadable: fc.uniqueArray(fc.nat(22), { maxLength: 8 }),
  delays: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
  batchSize: fc.integer({ min: 1, max: 9 }),
  // A worker takes its time to start.
  workers: fc.constantFrom(0, 0, 0, 1, 2, 3),
  prefetch: fc.integer({ min: 1, max: 4 }),
  shuffle: fc.boolean(),
  dropLast: fc.boolean(),
  seed: fc.nat(1000),
  cacheBytes: fc.constantFrom(0, 500, 2 ** 20),
  epoch: fc.nat(5),
})
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never

function datasetOf({ length, unreadable, delays }: Setting): ImageDataset {
  return {
    classes: ['a', 'b', 'c'],
    samples: Array.from({ length }, (_, i) => ({ source: `image ${i}`, label: i % 3 })),
    async read(index) {
      await new Promise((resolve) => setTimeout(resolve, delays[index % delays.length]))
      if (unreadable.includes(index)) throw new Error('it is not there')
      return images[index]!
    },
  }
}

/** Does something with a loader that leaves out what it cannot read, and closes it. */
async function withLoader<T>(setting: Setting, use: (loader: Loader) => Promise<T>): Promise<T> {
  const { batchSize, workers, prefetch, shuffle, dropLast, seed, cacheBytes } = setting
  const options = { batchSize, workers, prefetch, shuffle, dropLast, seed, cacheBytes, onError: 'skip' as const }
  const transform = compose([randomResizedCrop(4), toTensor()])
  const loader = createLoader(datasetOf(setting), { ...options, transform })
  try {
    return await use(loader)
  } finally {
    await loader.close()
  }
}

/** What one epoch gives when nothing happens at the same time: in the calling thread, batch by batch. */
const undisturbed = (setting: Setting, epoch = setting.epoch): Promise<Batch[]> =>
  withLoader({ ...setting, workers: 0, prefetch: 1, cacheBytes: 0 }, (loader) => collect(loader.epoch(epoch)))

const holds = (property: (setting: Setting) => Promise<void>, runs = numRuns) =>
  fc.assert(fc.asyncProperty(setting, property), { numRuns: runs, seed })

describe('whatever batch size, workers, order, unreadable images and speed', () => {
  test('an epoch holds every sample once: read, or skipped and named; and the same bytes as in the calling thread', () =>
    holds(async (setting) => {
      const { length, batchSize, dropLast, unreadable, shuffle, epoch } = setting
      const { batches, skipped, count } = await withLoader(setting, async (loader) => {
        const batches = await collect(loader.epoch(epoch))
        return { batches, skipped: loader.skipped, count: loader.samples }
      })
      const planned = dropLast ? length - (length % batchSize) : length
      expect(count).toBe(planned)
      const read = batches.flatMap(({ indices }) => [...indices])
      const left = skipped.map(({ index }) => index)
      const seen = [...read, ...left].sort((a, b) => a - b)
      expect(new Set(seen).size).toBe(planned)
      expect(seen).toHaveLength(planned)
      expect(read.filter((index) => unreadable.includes(index))).toEqual([])
      expect(left.filter((index) => !unreadable.includes(index))).toEqual([])
      expect(skipped.map(({ source }) => source)).toEqual(left.map((index) => `image ${index}`))
      if (!shuffle) expect(seen).toEqual(Array.from({ length: planned }, (_, i) => i))
      for (const { indices, labels, images } of batches) {
        expect([...labels.data]).toEqual(Array.from(indices, (index) => BigInt(index % 3)))
        expect(images.dims).toEqual([indices.length, 3, 4, 4])
      }
      expect(batches).toEqual(await undisturbed(setting))
    }))

  test('an epoch that begins in its middle gives exactly the rest, in its order', () =>
    holds(async (setting) => {
      const whole = await undisturbed(setting)
      await withLoader(setting, async (loader) => {
        for (let from = 0; from <= loader.batches; from++) {
          const rest = whole.filter(({ position }) => position >= from)
          expect(await collect(loader.epoch(setting.epoch, from))).toEqual(rest)
        }
      })
    }, numRuns / 2))

  test('who leaves early and starts again misses nothing', () =>
    holds(async (setting) => {
      const [first, second] = [await undisturbed(setting), await undisturbed(setting, setting.epoch + 1)]
      await withLoader(setting, async (loader) => {
        for (let leave = 0; leave < Math.min(first.length, 3); leave++) {
          let taken = 0
          for await (const batch of loader.epoch(setting.epoch)) {
            expect(batch).toEqual(first[taken])
            if (taken++ === leave) break
          }
        }
        expect(await collect(loader.epoch(setting.epoch))).toEqual(first)
        expect(await collect(loader.epoch(setting.epoch + 1))).toEqual(second)
      })
    }, numRuns / 2))

  test('epochs that are read at the same time do not disturb each other', () =>
    holds(async (setting) => {
      const epochs = [setting.epoch, setting.epoch + 1, setting.epoch]
      const expected = []
      for (const epoch of epochs) expected.push(await undisturbed(setting, epoch))
      const together = await withLoader(setting, (loader) =>
        Promise.all(epochs.map((epoch) => collect(loader.epoch(epoch)))),
      )
      expect(together).toEqual(expected)
    }, numRuns / 2))

  test('an error names the first unreadable sample of the epoch, whoever came first', () =>
    holds(async (setting) => {
      const order = (await undisturbed({ ...setting, unreadable: [] })).flatMap(({ indices }) => [...indices])
      const first = order.find((index) => setting.unreadable.includes(index))
      const transform = compose([randomResizedCrop(4), toTensor()])
      const { batchSize, workers, prefetch, shuffle, dropLast, seed } = setting
      const options = { batchSize, workers, prefetch, shuffle, dropLast, seed, transform }
      const loader = createLoader(datasetOf(setting), options)
      const outcome = await collect(loader.epoch(setting.epoch)).then(
        (batches) => batches.flatMap(({ indices }) => [...indices]),
        (error) => [error.code, error.facts.source],
      )
      await loader.close()
      expect(outcome).toEqual(first === undefined ? order : ['data/unreadable', `image ${first}`])
    }))
})
