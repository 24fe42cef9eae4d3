import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ErrorCode, isFineTuneError } from '../../src/errors.js'
import { fetchInto } from '../../src/io/download/fetchInto.js'
import type { DownloadEvent, DownloadOptions } from '../../src/io/download/RemoteFile.js'
import { cacheDirectory } from '../../src/platform/node/cacheDirectory.js'
import { openStore } from '../../src/platform/node/fileStore.js'
import { downloadWeights } from '../../src/weights/downloadWeights.js'
import type { WeightRecord } from '../../src/weights/WeightRecord.js'
import {
  answers,
  cutOff,
  type FileServer,
  type Handler,
  honest,
  serve,
  stalls,
  withoutRanges,
} from '../support/fileServer.js'

const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >>> 5)
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
/** vitest's equality of long arrays is slow. */
const isFile = (bytes: Uint8Array) => Buffer.compare(bytes, FILE) === 0

let directory: string
let server: FileServer | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onnx-finetune-cache-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(directory, { recursive: true, force: true })
})

/** The record of FILE as `net.pth`, to be had at each of the paths. */
async function published(handlers: Readonly<Record<string, Handler>>): Promise<WeightRecord> {
  server = await serve(handlers)
  return record(Object.keys(handlers).map((path) => `${server!.url}${path}`))
}
const record = (urls: readonly string[], facts = {}): WeightRecord => ({
  name: 'TEST_V1',
  files: [{ file: 'net.pth', urls, bytes: FILE.length, sha256: hash(FILE), ...facts }],
  licence: 'MIT',
  origin: 'https://example.org',
})
const download = (weights: WeightRecord, options: DownloadOptions = {}) =>
  downloadWeights(weights, { cacheDirectory: directory, ...options })

async function failure<C extends ErrorCode>(promise: Promise<unknown>, code: C) {
  const error = await promise.then(
    () => expect.fail('No error'),
    (error: unknown) => error,
  )
  if (!isFineTuneError(error, code)) throw error
  return error
}

describe('a download', () => {
  test('is kept under its name, reported, and not repeated', async () => {
    const weights = await published({ '/net.pth': honest(FILE) })
    const events: DownloadEvent[] = []
    const { bytes, path } = await download(weights, { onProgress: (event) => events.push(event) })
    expect(bytes).toSatisfy(isFile)
    expect(path).toBe(join(directory, 'net.pth'))
    expect(await readFile(path)).toSatisfy(isFile)
    expect(await readdir(directory)).toEqual(['net.pth'])

    const received = events.flatMap((event) => (event.type === 'download' ? [event.received] : []))
    expect(received).toEqual([...received].sort((a, b) => a - b))
    expect(received.at(-1)).toBe(FILE.length)
    expect(events.at(-1)).toEqual({ type: 'downloaded', file: 'net.pth', path })

    expect((await download(weights)).bytes).toSatisfy(isFile)
    expect(server!.requests).toHaveLength(1)
  })

  test('that breaks off goes on where it stopped', async () => {
    const weights = await published({ '/net.pth': cutOff(FILE, 100_000, 2) })
    expect((await download(weights)).bytes).toSatisfy(isFile)
    expect(server!.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
  })

  test('that breaks off for good goes on in another call', async () => {
    const weights = await published({ '/net.pth': cutOff(FILE, 40_000) })
    const { facts } = await failure(download(weights), 'download/failed')
    expect(facts.attempts[0]!.problem).toContain('broke off')
    expect(await readdir(directory)).toEqual(['net.pth.part'])
    await server!.close()

    const again = await published({ '/net.pth': honest(FILE) })
    expect((await download(again)).bytes).toSatisfy(isFile)
    expect(server!.requests).toEqual([{ path: '/net.pth', range: 'bytes=200000-' }])
    expect(await readdir(directory)).toEqual(['net.pth'])
  })

  test('begins anew where the server knows no ranges', async () => {
    await writeFile(join(directory, 'net.pth.part'), FILE.subarray(0, 1000))
    const weights = await published({ '/net.pth': withoutRanges(FILE) })
    expect((await download(weights)).bytes).toSatisfy(isFile)
    expect(server!.requests).toEqual([{ path: '/net.pth', range: 'bytes=1000-' }])
  })

  test('begins anew where the server sends another range', async () => {
    await writeFile(join(directory, 'net.pth.part'), FILE.subarray(0, 1000))
    const odd: Handler = (request, response) => {
      if (!request.headers.range) return honest(FILE)(request, response)
      response.writeHead(206, { 'content-range': `bytes 5-9/${FILE.length}` }).end('abcde')
    }
    expect((await download(await published({ '/net.pth': odd }))).bytes).toSatisfy(isFile)
    expect(server!.requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined])
  })

  test.each([
    ['too long', FILE.length + 1],
    ['complete, but damaged', FILE.length],
    ['damaged', 5000],
  ])('does not trust a part that is %s', async (_, length) => {
    await writeFile(join(directory, 'net.pth.part'), new Uint8Array(length))
    expect((await download(await published({ '/net.pth': honest(FILE) }))).bytes).toSatisfy(isFile)
  })

  test('follows redirects', async () => {
    const redirect = answers(302, { location: '/new.pth' })
    expect((await download(await published({ '/old.pth': redirect, '/new.pth': honest(FILE) }))).bytes).toSatisfy(
      isFile,
    )
    expect(server!.requests.map(({ path }) => path)).toEqual(['/old.pth', '/new.pth'])
  })

  test('takes the next address where one fails, and says so', async () => {
    const weights = await published({
      '/a': answers(404),
      '/b': answers(500),
      '/c': withoutRanges(FILE.map((x) => x ^ 1)),
      '/d': honest(FILE),
    })
    const problems: string[] = []
    const onProgress = (event: DownloadEvent) => event.type === 'downloadFailed' && problems.push(event.problem)
    expect((await download(weights, { onProgress: (event) => void onProgress(event) })).bytes).toSatisfy(isFile)
    expect(problems[0]).toBe('answered 404 Not Found')
    expect(problems[1]).toBe('answered 500 Internal Server Error')
    expect(problems[2]).toContain('sent other bytes: their SHA-256 is')
  })

  test('takes another file of the record where one cannot be had', async () => {
    server = await serve({ '/other': honest(FILE) })
    const first = { ...record([`${server.url}/none`]).files[0]!, file: 'first.pth' }
    const second = record([`${server.url}/other`]).files[0]!
    const { path } = await download({ ...record([]), files: [first, second] })
    expect(path).toBe(join(directory, 'net.pth'))
  })

  test('the first digits of a hash are checked where no more are known', async () => {
    server = await serve({ '/net.pth': honest(FILE) })
    const of = (sha256: string) => download(record([`${server!.url}/net.pth`], { sha256 }))
    await failure(of('00000000'), 'download/wrong-bytes')
    expect((await of(hash(FILE).slice(0, 8))).bytes).toSatisfy(isFile)
  })
})

describe('wrong bytes', () => {
  test.each<[string, Handler, string]>([
    ['of the right length', withoutRanges(FILE.map((x) => x ^ 1)), 'their SHA-256 is'],
    ['too many', withoutRanges(new Uint8Array(FILE.length + 1)), `sent more than ${FILE.length} bytes`],
    ['a page instead of the file', answers(200), 'ended after 5 of 300000 bytes'],
    [
      'fewer than the header says',
      (_, response) => void response.writeHead(200, { 'content-length': 9 }).end('123456789'),
      'ended after 9',
    ],
  ])('%s', async (_, handler, problem) => {
    const weights = await published({ '/net.pth': handler })
    const error = await download(weights).catch((error) => error)
    expect(['download/wrong-bytes', 'download/failed']).toContain(error.code)
    expect(error.message).toContain(problem)
    expect(await readdir(directory)).not.toContain('net.pth')
  })

  test('in the cache are replaced', async () => {
    await writeFile(join(directory, 'net.pth'), 'not it')
    expect((await download(await published({ '/net.pth': honest(FILE) }))).bytes).toSatisfy(isFile)
    expect(await readFile(join(directory, 'net.pth'))).toSatisfy(isFile)
  })

  test('are not kept', async () => {
    const weights = await published({ '/net.pth': withoutRanges(FILE.map((x) => x ^ 1)) })
    await failure(download(weights), 'download/wrong-bytes')
    expect(await readdir(directory)).toEqual([])
  })
})

describe('without a network', () => {
  test('the error says which file to put where, and a file put there is taken', async () => {
    const url = 'http://127.0.0.1:1/net.pth'
    const { message } = await failure(download(record([url])), 'download/failed')
    expect(message).toContain(`${url} cannot be reached`)
    expect(message).toContain(`bring one of these files: ${url} to ${join(directory, 'net.pth')}`)
    await writeFile(join(directory, 'net.pth'), FILE)
    expect((await download(record([url]))).bytes).toSatisfy(isFile)
  })

  test('a directory that cannot be used is named', async () => {
    const blocked = join(directory, 'a file')
    await writeFile(blocked, '')
    const error = await failure(download(record([]), { cacheDirectory: blocked }), 'download/cache')
    expect(error.message).toContain('ONNX_FINETUNE_CACHE')
  })
})

describe('interruptions', () => {
  test('a signal stops a slow download at once; what came is kept', async () => {
    const weights = await published({ '/net.pth': stalls(FILE, 60_000) })
    const controller = new AbortController()
    const began = Date.now()
    const onProgress = (event: DownloadEvent) =>
      event.type === 'download' && event.received >= 60_000 && controller.abort()
    const stopped = download(weights, { signal: controller.signal, onProgress: (event) => void onProgress(event) })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    expect(Date.now() - began).toBeLessThan(10_000)
    expect(await readdir(directory)).toEqual(['net.pth.part'])
  })

  const silent: Handler = () => {}
  const trickles: Handler = (_, response) => {
    response.writeHead(200, { 'content-length': FILE.length })
    const timer = setInterval(() => response.write(FILE.subarray(0, 1)), 20)
    response.on('close', () => clearInterval(timer))
  }
  test.each([
    ['never answers', silent, 'refused', 0],
    ['sends no more after a while', stalls(FILE, 60_000), 'cut off', 60_000],
    ['sends a byte now and then, for ever', trickles, 'cut off', undefined],
  ])('a host that %s is given up, and what came is kept', async (_, handler, kind, size) => {
    await published({ '/net.pth': handler })
    const part = await openStore(directory).begin('net.pth')
    const fetching = fetchInto(part, `${server!.url}/net.pth`, { bytes: FILE.length, patience: 400, onBytes() {} })
    await expect(fetching).rejects.toMatchObject({
      kind,
      message: expect.stringContaining('fewer than 16384 bytes in 0.4 s'),
    })
    if (size !== undefined) expect(part.size).toBe(size)
    await part.leave()
  })

  test('a host that is slow is waited for as long as it sends', async () => {
    const slow: Handler = async (_, response) => {
      response.writeHead(200, { 'content-length': FILE.length })
      for (let at = 0; at < FILE.length; at += 30_000) {
        response.write(FILE.subarray(at, at + 30_000))
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      response.end()
    }
    await published({ '/net.pth': slow })
    const part = await openStore(directory).begin('net.pth')
    await fetchInto(part, `${server!.url}/net.pth`, { bytes: FILE.length, patience: 700, onBytes() {} })
    expect(isFile(await part.read())).toBe(true)
    await part.keep()
  })

  test('an aborted signal asks nobody', async () => {
    const weights = await published({ '/net.pth': honest(FILE) })
    await expect(download(weights, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    expect(server!.requests).toEqual([])
  })

  test('what a process that died has left is taken over, what a living one writes is not', async () => {
    const part = (pid: number) => join(directory, `net.pth.${hostname()}.${pid}.00000000.part`)
    const gone = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => gone.on('exit', resolve))
    await writeFile(part(gone.pid!), FILE.subarray(0, 1000))
    await writeFile(part(process.pid), FILE.subarray(0, 2000))
    expect((await download(await published({ '/net.pth': honest(FILE) }))).bytes).toSatisfy(isFile)
    expect(server!.requests).toEqual([{ path: '/net.pth', range: 'bytes=1000-' }])
    expect(await readdir(directory)).toHaveLength(2)
  })

  test('several calls at once all get the file', async () => {
    const weights = await published({ '/net.pth': cutOff(FILE, 90_000, 3) })
    const results = await Promise.all(Array.from({ length: 4 }, () => download(weights)))
    for (const { bytes } of results) expect(bytes).toSatisfy(isFile)
    expect(await readdir(directory)).toEqual(['net.pth'])
  })
})

const built = join('dist', 'weights', 'download', 'downloadWeights.js')
test.skipIf(!existsSync(built))('two processes at once (skipped before the first build)', async () => {
  const weights = await published({ '/net.pth': cutOff(FILE, 90_000, 3) })
  const script = `
    const { downloadWeights } = await import(${JSON.stringify(pathToFileURL(built).href)})
    const { bytes } = await downloadWeights(${JSON.stringify(weights)}, { cacheDirectory: ${JSON.stringify(directory)} })
    process.stdout.write(String(bytes.length))`
  const run = () =>
    new Promise<string>((resolve) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script])
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
      child.on('close', () => resolve(output))
    })
  expect(await Promise.all([run(), run()])).toEqual([String(FILE.length), String(FILE.length)])
  expect(await readdir(directory)).toEqual(['net.pth'])
})

describe('the cache is', () => {
  const { platform } = process
  afterEach(() => {
    vi.unstubAllEnvs()
    Object.defineProperty(process, 'platform', { value: platform })
  })

  test.each([
    ['linux', { ONNX_FINETUNE_CACHE: '/my/cache', XDG_CACHE_HOME: '/xdg' }, '/my/cache'],
    ['linux', { XDG_CACHE_HOME: '/xdg' }, join('/xdg', 'onnx-finetune')],
    ['linux', { XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'onnx-finetune')],
    ['darwin', { XDG_CACHE_HOME: '/xdg' }, join(homedir(), 'Library', 'Caches', 'onnx-finetune')],
    ['win32', { LOCALAPPDATA: 'C:\\L' }, join('C:\\L', 'onnx-finetune', 'Cache')],
    ['win32', { LOCALAPPDATA: '' }, join(homedir(), 'AppData', 'Local', 'onnx-finetune', 'Cache')],
  ])('on %s with %j: %s', (system, env, expected) => {
    vi.stubEnv('ONNX_FINETUNE_CACHE', '')
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    Object.defineProperty(process, 'platform', { value: system })
    expect(cacheDirectory()).toBe(expected)
  })
})
