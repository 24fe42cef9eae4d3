import { execFile } from 'node:child_process'
import { readdir, readFile, truncate, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cacheSources } from '../../src/data/dataset/cacheSources.node.js'
import { readSample } from '../../src/data/dataset/dataset.js'
import { isFineTuneError } from '../../src/errors.js'
import { fetchPatiently } from '../../src/io/download/fetchPatiently.js'
import { WebCache, type WebCacheOptions } from '../../src/io/download/WebCache.node.js'
import { answers, cutOff, type Handler, honest, serve, stalls } from '../support/fileServer.js'
import { directoryOf, errorOf } from './support.js'

const file = (seed: number) => new Uint8Array(1000).fill(seed)
const quick = { wait: 1, patience: 500 }

async function server(handlers: Readonly<Record<string, Handler>>) {
  const served = await serve(handlers)
  onTestFinished(() => served.close())
  return served
}

/** Answers by each of these in turn, the last from then on. */
function inTurn(...handlers: readonly Handler[]): Handler {
  let next = 0
  return (request, response) => handlers[Math.min(next++, handlers.length - 1)]!(request, response)
}

const dies: Handler = (request) => void request.socket.destroy()

describe('an image behind a URL', () => {
  test('is fetched again after answers of 500 and above, silence, and connections that break', async () => {
    const bad = [answers(503), dies, cutOff(file(1), 100), stalls(file(1), 10), answers(429)]
    const { url, requests } = await server({ '/a': inTurn(...bad, honest(file(1))) })
    // A busy machine may be silent by itself.
    expect(await fetchPatiently(`${url}/a`, { ...quick, retries: 20 })).toEqual(file(1))
    expect(requests.length).toBeGreaterThan(bad.length)
  })

  test('that is gone is not asked for twice, and the error says so', async () => {
    const { url, requests } = await server({ '/a': answers(410) })
    const dataset = { classes: ['a'], samples: [{ source: `${url}/a`, label: 0 }] }
    const error = await errorOf(readSample(dataset, 0))
    expect(error.code).toBe('data/unreadable')
    expect(error.message).toContain('answered 410 Gone')
    expect(isFineTuneError(error.cause, 'download/gone')).toBe(true)
    expect(requests).toHaveLength(1)
  })

  test('that never comes, or is too large, is given up', async () => {
    const { url, requests } = await server({ '/a': answers(500), '/b': honest(file(2)) })
    const error = await errorOf(fetchPatiently(`${url}/a`, { ...quick, retries: 2 }))
    expect([error.code, requests.length]).toEqual(['download/unreachable', 3])
    expect(error.message).toContain('answered 500 Internal Server Error, the last of 3 times')
    expect((await errorOf(fetchPatiently(`${url}/b`, { ...quick, most: 999 }))).code).toBe('download/too-large')
  })
})

/** All files below a directory. */
const filesIn = async (directory: string) =>
  (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())

describe('a cache of images', () => {
  const cacheOf = (directory: string, options: Partial<WebCacheOptions> = {}) =>
    new WebCache({ ...quick, directory, bytes: 1e6, ...options })

  test('fetches each once, for all who ask at the same time and later', async () => {
    const { url, requests } = await server({ '/a': honest(file(1)), '/b': honest(file(2)) })
    const directory = await directoryOf({ 'here.jpg': 'here' })
    const samples = [`${url}/a`, `${url}/b`, join(directory, 'here.jpg')].map((source) => ({ source, label: 0 }))
    const open = () => cacheSources({ classes: ['a'], samples }, { directory: join(directory, 'cache') })
    const [first, second] = [open(), open()]
    const all = [0, 0, 1, 2]
    const read = (dataset: typeof first) => Promise.all(all.map((index) => readSample(dataset, index)))
    const expected = [file(1), file(1), file(2), new TextEncoder().encode('here')]
    expect((await read(first)).map((bytes) => Uint8Array.from(bytes))).toEqual(expected)
    expect((await read(second)).map((bytes) => Uint8Array.from(bytes))).toEqual(expected)
    expect(requests).toHaveLength(2)
  })

  test('fetches one again that a crash has cut off', async () => {
    const { url, requests } = await server({ '/a': honest(file(1)) })
    const directory = await directoryOf({})
    await cacheOf(directory).read(`${url}/a`)
    const [kept] = await filesIn(directory)
    await truncate(join(kept!.parentPath, kept!.name), 500)
    expect(await cacheOf(directory).read(`${url}/a`)).toEqual(file(1))
    expect(Uint8Array.from(await cacheOf(directory).read(`${url}/a`))).toEqual(file(1))
    expect(requests).toHaveLength(2)
  })

  test('stays within its bytes: what others used before goes, what this process uses stays', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `/${i}`)
    const { url, requests } = await server(Object.fromEntries(names.map((name, i) => [name, honest(file(i))])))
    const directory = await directoryOf({})
    const before = cacheOf(directory, { bytes: 16_000 })
    for (const name of names.slice(0, 10)) await before.read(url + name)
    for (const entry of await filesIn(directory)) await utimes(join(entry.parentPath, entry.name), 1e9, 1e9)
    const cache = cacheOf(directory, { bytes: 16_000 })
    await cache.read(`${url}/3`)
    for (const name of names.slice(10)) await cache.read(url + name)
    const kept = await filesIn(directory)
    expect(kept.length * 1008).toBeLessThanOrEqual(16_000)
    expect(kept.length).toBeGreaterThan(10)
    const asked = requests.length
    await cache.read(`${url}/3`)
    await cache.read(`${url}/10`)
    expect(requests).toHaveLength(asked)
    await cache.read(`${url}/0`)
    expect(requests).toHaveLength(asked + 1)
  })

  test('is shared by processes that write the same images at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `/${i}`)
    const { url } = await server(Object.fromEntries(names.map((name, i) => [name, honest(file(i))])))
    const directory = await directoryOf({})
    const code = `
      import { readSample } from 'onnx-finetune'
      import { cacheSources } from 'onnx-finetune/node'
      const samples = ${JSON.stringify(names)}.map((name) => ({ source: '${url}' + name, label: 0 }))
      const dataset = cacheSources({ classes: ['a'], samples }, { directory: ${JSON.stringify(directory)} })
      const all = await Promise.all(samples.map((_, index) => readSample(dataset, index)))
      process.stdout.write(all.map((bytes) => bytes.length + ':' + bytes[0]).join())`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
    const expected = names.map((_, i) => `1000:${i}`).join()
    for (const { stdout } of await Promise.all([run(), run()])) expect(stdout).toBe(expected)
    const kept = await filesIn(directory)
    expect(kept).toHaveLength(20)
    for (const entry of kept) expect(await readFile(join(entry.parentPath, entry.name))).toHaveLength(1008)
  })
})
