import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DownloadArchiveOptions, downloadArchive } from '../../src/data/dataset/downloadArchive.node.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { unpackZip } from '../../src/io/zip/unpackZip.node.js'
import { cutOff, type FileServer, type Handler, honest, serve, withoutRanges } from '../support/fileServer.js'
import { type ZipOptions, zip } from '../support/zip.js'

const IMAGES = {
  'food/train/hotdog/1.png': Uint8Array.from({ length: 60_000 }, (_, i) => (i * 7919) >>> 5),
  'food/train/other/2.png': new Uint8Array(3000),
  'food/test/': new Uint8Array(0),
}
const sha = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')

let cache: string
let server: FileServer | undefined
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'onnx-finetune-archive-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(cache, { recursive: true, force: true })
})

async function published(archive: Uint8Array, handler: (file: Uint8Array) => Handler = honest) {
  server = await serve({ '/food.zip': handler(archive) })
  return { urls: [`${server.url}/food.zip`], sha1: sha('sha1', archive), cacheDirectory: cache }
}
const download = (options: DownloadArchiveOptions) => downloadArchive(options)
const names = async () => (await readdir(cache)).sort()

describe('downloadArchive', () => {
  test.each<ZipOptions>([{}, { deflate: true }, { zip64: true }])(
    'unpacks %j once, whole, and ImageFolder reads it',
    async (how) => {
      const options = await published(zip(IMAGES, how))
      const directory = await download(options)
      expect(
        Buffer.compare(await readFile(join(directory, 'food/train/hotdog/1.png')), IMAGES['food/train/hotdog/1.png']),
      ).toBe(0)
      expect((await ImageFolder(join(directory, 'food/train'))).classes).toEqual(['hotdog', 'other'])
      expect(await readdir(join(directory, 'food'))).toContain('test')
      expect(await names()).toEqual([`food.zip.${options.sha1.slice(0, 16)}`])

      expect(await download(options)).toBe(directory)
      expect(server!.requests).toHaveLength(1)
    },
  )

  test('goes on where it broke off, though nobody said how long the file is', async () => {
    const options = await published(zip(IMAGES), (file) => cutOff(file, 25_000, 2))
    const totals: (number | undefined)[] = []
    await download({ ...options, onProgress: (event) => event.type === 'download' && totals.push(event.total) })
    expect(server!.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=25000-', 'bytes=50000-'])
    expect(new Set(totals)).toEqual(new Set([zip(IMAGES).length]))
  })

  test('a part that is already all of it is not fetched again', async () => {
    const archive = zip(IMAGES)
    const all: Handler = (request, response) => {
      if (request.headers.range !== `bytes=${archive.length}-`) return honest(archive)(request, response)
      response.writeHead(416, { 'content-range': `bytes */${archive.length}` }).end()
    }
    await writeFile(join(cache, 'food.zip.part'), archive)
    await download(await published(archive, () => all))
    expect(server!.requests).toHaveLength(1)
  })

  test('what a process that was killed has unpacked so far is removed', async () => {
    const options = await published(zip(IMAGES))
    const name = `food.zip.${options.sha1.slice(0, 16)}`
    const { pid } = spawnSync(process.execPath, ['--version'])
    const [dead, alive] = [`${name}.${hostname()}.${pid}.0.part`, `${name}.${hostname()}.${process.ppid}.0.part`]
    for (const part of [dead, alive]) await mkdir(join(cache, part, 'food'), { recursive: true })
    await download(options)
    expect(await names()).toEqual([name, alive])
  })

  test('calls at once all get the directory', async () => {
    const options = await published(zip(IMAGES, { deflate: true }))
    const directories = await Promise.all(Array.from({ length: 4 }, () => download(options)))
    expect(new Set(directories).size).toBe(1)
    expect((await names()).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test.each([
    ['sha1', { sha1: '0'.repeat(40) }, 'SHA-1'],
    ['sha256', { sha256: '0'.repeat(64) }, 'SHA-256'],
  ])('refuses a file with another %s and keeps nothing', async (_, digest, said) => {
    const options = await published(zip(IMAGES), withoutRanges)
    await expect(download({ ...options, ...digest })).rejects.toMatchObject({
      code: 'download/wrong-bytes',
      message: expect.stringContaining(said),
    })
    expect(await names()).toEqual([])
  })

  test.each([
    '../outside.png',
    'food/../../outside.png',
    '/etc/outside.png',
    'C:/outside.png',
    'food\\..\\..\\outside.png',
    'food//outside.png',
    'food/.. /.. /outside.png',
    'food/.../outside.png',
    'food/out\0side.png',
    '\\\\host\\share\\outside.png',
    '',
    '..',
  ])('refuses an entry named %s', async (name) => {
    const options = await published(zip({ ...IMAGES, [name]: new Uint8Array(4) }))
    await expect(download(options)).rejects.toMatchObject({
      code: 'dataset/bad-archive',
      message: expect.stringContaining('outside the directory'),
    })
    expect(await names()).toEqual(['food.zip'])
  })

  test.each(['con', 'NUL.png', 'Aux/1.png', 'com1', 'lpt² .txt', 'food/a.', 'food. /1.png'])(
    'refuses an entry named %s on Windows, where it is something else',
    async (name) => {
      const archive = zip({ [name]: new Uint8Array(4) })
      await expect(unpackZip(archive, join(cache, 'a'), undefined, 'win32')).rejects.toThrow('outside the directory')
      await unpackZip(archive, join(cache, 'a'), undefined, 'linux')
      expect(await readdir(cache)).toEqual(['a'])
    },
  )

  test('a symbolic link is unpacked as a file that says where it led', async () => {
    const outside = join(cache, 'outside')
    const entries = { 'food/link': new TextEncoder().encode(outside), 'food/link2': new TextEncoder().encode('../..') }
    const directory = await download(await published(zip(entries, { links: Object.keys(entries) })))
    expect((await lstat(join(directory, 'food/link'))).isFile()).toBe(true)
    expect(await readFile(join(directory, 'food/link'), 'utf8')).toBe(outside)
    // What would go through it finds a file.
    await server!.close()
    const through = zip(
      { link: new TextEncoder().encode('..'), 'link/out.png': new Uint8Array(4) },
      { links: ['link'] },
    )
    const options = { ...(await published(through)), file: 'through.zip' }
    await expect(download(options)).rejects.toMatchObject({ code: 'dataset/bad-archive' })
    expect(await names()).not.toContain('out.png')
  })

  test.each<[string, ZipOptions, string]>([
    [
      'an entry that claims to be smaller',
      { deflate: true, claim: { 'food/train/other/2.png': 30 } },
      'does not decompress',
    ],
    [
      'an entry that claims to be enormous',
      { deflate: true, claim: { 'food/train/other/2.png': 2 ** 31 } },
      'claim to hold',
    ],
  ])('refuses %s', async (_, how, problem) => {
    const options = await published(zip(IMAGES, how))
    await expect(download(options)).rejects.toMatchObject({
      code: 'dataset/bad-archive',
      message: expect.stringContaining(problem),
    })
    expect(await names()).toEqual(['food.zip'])
  })

  test('refuses what is no zip file', async () => {
    const options = await published(new TextEncoder().encode('<html>'))
    await expect(download(options)).rejects.toMatchObject({ code: 'dataset/bad-archive' })
  })

  test('an aborted signal stops it', async () => {
    const options = await published(zip(IMAGES))
    await expect(download({ ...options, signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    expect(await names()).toEqual([])
  })

  test.each([
    [{ urls: ['https://example.org/a.zip'] }, 'sha256'],
    [{ urls: [], sha1: '0'.repeat(40) }, 'urls'],
    [{ urls: ['ftp://example.org/a.zip'], sha1: '0'.repeat(40) }, 'urls'],
    [{ urls: ['https://example.org/a.zip'], sha1: '00' }, 'sha1'],
  ])('refuses the options %j', async (options, option) => {
    await expect(download(options)).rejects.toMatchObject({
      code: 'options/invalid',
      message: expect.stringContaining(option),
    })
  })
})
