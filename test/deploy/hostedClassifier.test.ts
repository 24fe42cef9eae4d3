import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type * as Threads from 'node:worker_threads'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { type LoadClassifierOptions, loadClassifier } from '../../src/deploy/loadClassifier.js'
import { errorOf, png } from '../data/support.js'
import { longestPause } from '../support/longestPause.js'
import { CLASSES, trainedModel } from './support.js'

/** The workers that were started. */
const workers = vi.hoisted(() => [] as Threads.Worker[])
vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof Threads>()
  class Worker extends threads.Worker {
    constructor(...args: ConstructorParameters<typeof Threads.Worker>) {
      super(...args)
      workers.push(this)
    }
  }
  return { ...threads, Worker }
})

const directory = mkdtempSync(join(tmpdir(), 'hosted-'))
afterAll(() => rmSync(directory, { recursive: true }))
const path = join(directory, 'small.onnx')
let file: Uint8Array
beforeAll(async () => {
  file = await exportClassifier(await trainedModel({ width: 4 }), path, { threads: 1 })
})

async function load(source: string | URL | Uint8Array, options: LoadClassifierOptions = {}) {
  const classifier = await loadClassifier(source, { threads: 1, ...options })
  onTestFinished(() => classifier.release())
  return classifier
}
const host = (source: string | URL | Uint8Array = file) => load(source, { worker: true })

test('a hosted classifier says what one in the calling thread says, of any source, and leaves what it is given', async () => {
  const [here, hosted] = [await load(path), await host(path)]
  expect(hosted.classes).toEqual(CLASSES)
  expect(hosted.preprocessing).toEqual(here.preprocessing)
  const bytes = await png(40, 50, 1)
  const image = join(directory, 'one.png')
  writeFileSync(image, bytes)
  const pixels = await decodeImage(bytes)
  const inside = Buffer.concat([Buffer.alloc(100), bytes]).subarray(100)
  const sources = [image, pathToFileURL(image), bytes, inside, pixels, pixels.hi(30, 30).lo(2, 3).transpose(1, 0)]
  const many = [...sources, await png(33, 90, 2), ...sources]
  expect(await hosted.classify(many, { top: 2 })).toEqual(await here.classify(many, { top: 2 }))
  expect(await hosted.classify(image)).toEqual(await here.classify(image))
  expect(await hosted.classify([])).toEqual([])
  expect([bytes.length, inside.length, pixels.data.length]).toEqual([bytes.length, inside.length, 40 * 50 * 3])
  expect(bytes.length).toBeGreaterThan(0)
})

test('it is loaded from bytes, which stay where they are, and from a URL', async () => {
  const image = await png(40, 50)
  const before = file.length
  const fromBytes = await (await host(file)).classify(image)
  expect(file.length).toBe(before)
  expect(await (await host(pathToFileURL(path))).classify(image)).toEqual(fromBytes)
})

test('errors are those of the calling thread', async () => {
  const hosted = await host()
  const bad = new Uint8Array([137, 80, 78, 71, 1, 2, 3])
  for (const image of [bad, join(directory, 'none.png')]) {
    const error = await errorOf(hosted.classify([await png(40, 50), image]))
    const here = await errorOf((await load(file)).classify([await png(40, 50), image]))
    expect([error.code, error.facts, error.message]).toEqual([here.code, here.facts, here.message])
    expect((error.cause as Error).message).toBe((here.cause as Error).message)
  }
  expect(await errorOf(host(new Uint8Array([1, 2, 3])))).toMatchObject({ code: 'onnx/malformed' })
  expect(await errorOf(host(join(directory, 'none.onnx')))).toMatchObject({ code: 'deploy/unreadable' })
  expect((await hosted.classify(await png(40, 50))).scores).toHaveLength(CLASSES.length)
})

test('releasing lets calls that are under way end; later ones fail, and the worker is gone', async () => {
  const hosted = await loadClassifier(file, { threads: 1, worker: true })
  const worker = workers.at(-1)!
  const call = hosted.classify(await Promise.all([1, 2, 3].map((seed) => png(40, 50, seed))))
  const released = hosted.release()
  expect(await call).toHaveLength(3)
  await released
  expect(await errorOf(hosted.classify(await png(40, 50)))).toMatchObject({ code: 'deploy/released' })
  expect(worker.threadId).toBe(-1)
})

test('a signal ends its call at once and leaves the classifier as it is; a load that is given up leaves no worker', async () => {
  const hosted = await host()
  const image = await png(40, 50)
  const controller = new AbortController()
  const call = hosted.classify(new Array(200).fill(image), { signal: controller.signal })
  setTimeout(() => controller.abort('enough'), 20)
  await expect(call).rejects.toBe('enough')
  expect((await hosted.classify(image)).scores).toHaveLength(CLASSES.length)

  const load = new AbortController()
  const loading = loadClassifier(file, { worker: true, signal: load.signal })
  const worker = workers.at(-1)!
  const gone = new Promise((resolve) => worker.once('exit', resolve))
  load.abort('no more')
  await expect(loading).rejects.toBe('no more')
  await gone
})

test('a worker that dies rejects what waits and what comes later', async () => {
  const hosted = await host()
  const image = await png(40, 50)
  const call = errorOf(hosted.classify(new Array(50).fill(image)))
  await workers.at(-1)!.terminate()
  expect(await call).toMatchObject({ code: 'session/worker-died' })
  expect(await errorOf(hosted.classify(image))).toMatchObject({ code: 'session/worker-died' })
})

test('the calling thread is not held up by decoding and computing', async () => {
  const large = await exportClassifier(await trainedModel({ width: 48, imageSize: 160 }), undefined, { threads: 1 })
  const images = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => png(200, 200, seed)))
  const pauseOf = async (worker: boolean) => {
    const classifier = await load(large, { worker, decoder: 'jimp' })
    await classifier.classify(images[0]!)
    return longestPause(() => classifier.classify(images))
  }
  const [here, hosted] = [await pauseOf(false), await pauseOf(true)]
  expect(hosted).toBeLessThan(here / 4)
})

test('a process that has classified ends, without a release and without a word', async () => {
  const script = new URL('classifyAndEnd.js', import.meta.url).pathname
  const image = join(directory, 'last.png')
  writeFileSync(image, await png(40, 50))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, path, image], { timeout: 60_000 })
  expect([JSON.parse(stdout).label, stderr]).toEqual([(await (await load(path)).classify(image)).label, ''])
})
