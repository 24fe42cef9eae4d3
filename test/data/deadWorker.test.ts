import { join } from 'node:path'
import type * as Threads from 'node:worker_threads'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ImageFolder, type ImageFolderDataset } from '../../src/data/dataset/ImageFolder.node.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import type { LoaderOptions } from '../../src/data/loader/loaderOptions.js'
import { compose } from '../../src/transforms/compose.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { thorough } from '../support/thorough.js'
import { collect, directoryOf, errorOf, twoClasses } from './support.js'

type Death = 'exit' | 'memory' | 'error'

/** What loading workers die of from now on, and how many there were. */
const fate = vi.hoisted(() => ({
  /** Times that a worker dies when it begins with the sample of this name. */
  kills: {} as Record<string, number>,
  how: 'exit' as Death,
  /** No worker even starts. */
  stillborn: false,
  started: 0,
}))

vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof Threads>()
  let names: string[] = []
  let control = new Int32Array(new SharedArrayBuffer(0))
  class Worker extends threads.Worker {
    constructor(url: URL, options: Threads.WorkerOptions) {
      if (fate.started++ === 0) {
        names = Object.keys(fate.kills)
        control = new Int32Array(new SharedArrayBuffer(4 * names.length))
        control.set(Object.values(fate.kills))
      }
      const { how, stillborn } = fate
      const script = new URL('mortalWorker.js', import.meta.url)
      const resourceLimits = { maxOldGenerationSizeMb: 48 }
      super(script, {
        ...options,
        workerData: { url: url.href, how, stillborn, kills: names, control },
        resourceLimits,
      })
    }
  }
  return { ...threads, Worker }
})

beforeEach(() => Object.assign(fate, { kills: {}, how: 'exit', stillborn: false, started: 0 }))

const options = {
  transform: compose([randomResizedCrop(8), toTensor()]),
  batchSize: 4,
  shuffle: true,
  seed: 5,
} satisfies LoaderOptions

async function load(dataset: ImageFolderDataset, more: Partial<LoaderOptions>, epochs = [0, 1]) {
  const loader = createLoader(dataset, { ...options, ...more })
  try {
    const batches = []
    for (const epoch of epochs) batches.push(...(await collect(loader.epoch(epoch))))
    return { batches, skipped: loader.skipped.map(({ source, error }) => [source, error.code]) }
  } finally {
    await loader.close()
  }
}

const photos = async (count = 6) => ImageFolder(await directoryOf(await twoClasses(count)))
const bytesOf = ({ batches }: Awaited<ReturnType<typeof load>>) =>
  batches.map(({ images, labels, indices }) => [images.data, [...labels.data], [...indices]])

describe('a loading worker that dies', () => {
  test.each<[Death, string]>([
    ['exit', 'by itself'],
    ['error', 'of an error outside any sample'],
    ['memory', 'of a lack of memory'],
  ])('is replaced, and no byte is another: %s, %s', async (how) => {
    const dataset = await photos()
    const expected = await load(dataset, { workers: 0 })
    for (const workers of thorough ? [1, 2] : [2]) {
      Object.assign(fate, { started: 0, how, kills: { 'cat/2.png': 1, 'dog/5.png': 1 } })
      const actual = await load(dataset, { workers, cacheBytes: 0 })
      expect(bytesOf(actual)).toEqual(bytesOf(expected))
      expect(actual.skipped).toEqual([])
      expect(fate.started).toBe(workers + 2)
    }
  })

  test('of the same sample again is an error that names the sample, and the loader goes on without it', async () => {
    const dataset = await photos()
    const source = join(dataset.directory, 'cat/2.png')
    fate.kills = { 'cat/2.png': 100 }
    const loader = createLoader(dataset, { ...options, workers: 1 })
    const error = await errorOf(collect(loader.epoch(0)))
    expect(error).toMatchObject({ code: 'data/unreadable', facts: { source } })
    expect(error.message).toContain('loading workers died of it, twice (The worker stopped with exit code 3)')
    const { started } = fate
    expect((await errorOf(collect(loader.epoch(1)))).message).toBe(error.message)
    expect(fate.started).toBe(started)
    await loader.close()
  })

  test.each(thorough ? [1, 3] : [3])(
    'of samples again and again leaves these out and nothing else, with %i workers',
    async (workers) => {
      const files = await twoClasses(6)
      const bad = ['cat/2.png', 'cat/3.png', 'dog/5.png']
      const whole = await directoryOf(files)
      const broken = await directoryOf({ ...files, ...Object.fromEntries(bad.map((name) => [name, ''])) })
      const expected = await load(await ImageFolder(broken), { workers: 0, onError: 'skip' })
      Object.assign(fate, { kills: Object.fromEntries(bad.map((name) => [name, 100])) })
      const actual = await load(await ImageFolder(whole), { workers, onError: 'skip' })
      expect(bytesOf(actual)).toEqual(bytesOf(expected))
      expect(actual.skipped).toEqual(bad.map((name) => [join(whole, name), 'data/unreadable']))
      // Each kills once among others and once alone; in the second epoch none gets to. Answers of a worker that dies may
      // be lost: then those are suspected first that had been done, and one kills once more among others.
      expect(fate.started).toBeLessThanOrEqual(workers + 3 * bad.length)
    },
  )

  test('whatever it is given is not replaced for ever', async () => {
    const dataset = await photos(20)
    fate.kills = { '.png': 1_000_000 }
    const error = await errorOf(load(dataset, { workers: 1, onError: 'skip' }))
    expect(error.code).toBe('data/worker-failed')
    expect(error.message).toMatch(
      /^A loading worker died, while it prepared .*\.png, and so did those in its place: The /,
    )
    expect(fate.started).toBeLessThan(20)
  })

  test('before it is ready blames no sample: it is an error, then and later', async () => {
    fate.stillborn = true
    const loader = createLoader(await photos(), { ...options, workers: 1, onError: 'skip' })
    const error = await errorOf(collect(loader.epoch(0)))
    expect(error).toMatchObject({ code: 'data/worker-failed', facts: { problem: 'no memory for a worker' } })
    expect((await errorOf(collect(loader.epoch(1)))).code).toBe('data/worker-failed')
    expect(fate.started).toBe(2)
    await loader.close()
  })

  test('while an epoch is left early does not disturb the next', async () => {
    const dataset = await photos()
    const expected = await load(dataset, { workers: 0 }, [1])
    fate.kills = { 'cat/0.png': 1, 'cat/4.png': 1, 'dog/1.png': 1 }
    const loader = createLoader(dataset, { ...options, workers: 1, cacheBytes: 0 })
    for await (const _ of loader.epoch(0)) break
    const batches = await collect(loader.epoch(1))
    expect(bytesOf({ batches, skipped: [] })).toEqual(bytesOf(expected))
    await loader.close()
  })
})
