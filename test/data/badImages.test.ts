import { execFile } from 'node:child_process'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { bytes, exif, intoJpeg, jpegFrame, pngHeader, png as pngOf, withExif } from './decode/crafted.js'
import { collect, directoryOf, errorOf, png } from './support.js'

/** What becomes of it: it is read, or the error's code. */
type Fate = 'read' | 'data/unreadable' | 'data/too-many-pixels'
let cases: Readonly<Record<string, readonly [file: Uint8Array | string, fate: Fate]>>

beforeAll(async () => {
  const plain = sharp(await png(30, 40))
  const encoded = async (image: Sharp) => new Uint8Array(await image.toBuffer())
  const jpeg = await encoded(plain.clone().jpeg())
  const frames = sharp(await encoded(plain.clone().removeAlpha().raw()), {
    raw: { width: 40, height: 30, channels: 3, pageHeight: 10 },
  })
  const rows = (width: number, height: number) =>
    pngOf(pngHeader(width, height), new Uint8Array(height * (1 + 3 * width)))
  cases = {
    'cut off.jpg': [jpeg.subarray(0, jpeg.length - 20), 'data/unreadable'],
    'empty.jpg': ['', 'data/unreadable'],
    'zeros.png': [new Uint8Array(500), 'data/unreadable'],
    'text.jpg': ['not an image, whatever its name says', 'data/unreadable'],
    'a png.jpg': [await png(9, 9), 'read'],
    'a jpeg.png': [jpeg, 'read'],
    'animated.gif': [await encoded(frames.gif({ delay: [10, 10, 10] })), 'read'],
    '1 x 1.png': [rows(1, 1), 'read'],
    '1 x 30000.png': [rows(1, 30_000), 'read'],
    '30000 x 1.png': [rows(30_000, 1), 'read'],
    '30000 x 30000.png': [pngOf(pngHeader(30_000, 30_000), deflateSync(new Uint8Array(9))), 'data/too-many-pixels'],
    '30000 x 30000.jpg': [bytes(0xff, 0xd8, jpegFrame(30_000, 30_000), jpeg.subarray(2)), 'data/unreadable'],
    'two headers.jpg': [intoJpeg(jpeg, jpegFrame(65_535, 65_535)), 'data/unreadable'],
    'four inks.jpg': [await encoded(plain.clone().toColourspace('cmyk').jpeg()), 'read'],
    '16 bits.png': [pngOf(pngHeader(4, 3, { depth: 16 }), new Uint8Array(75)), 'read'],
    'alpha.png': [await encoded(plain.clone().ensureAlpha(0.5).png()), 'read'],
    'turned.jpg': [withExif(jpeg, exif(6)), 'read'],
    'a new\nline.png': [await png(9, 9), 'read'],
    'red \u001b[31m.png': [await png(9, 9), 'read'],
    'bell \u0007.png': ['', 'data/unreadable'],
    'hot 🌭 dog.png': [await png(9, 9), 'read'],
    '__proto__.png': [await png(9, 9), 'read'],
    'it\'s, "quoted" & <b>.png': [await png(9, 9), 'read'],
  }
})

const transforms = {
  'a random crop': compose([randomResizedCrop(8), toTensor()]),
  'the middle': compose([resize(8), centerCrop(8), toTensor()]),
}

/** A folder of them, with a link to nothing beside them. */
async function badFolder() {
  const directory = await directoryOf(
    Object.fromEntries(Object.entries(cases).map(([name, [file]]) => [`class/${name}`, file])),
  )
  await symlink(join(directory, 'nowhere'), join(directory, 'class', 'link.jpg'))
  const fates: Record<string, string> = { 'link.jpg': 'data/unreadable' }
  for (const [name, [, fate]] of Object.entries(cases)) fates[name] = fate
  return {
    dataset: await ImageFolder(directory),
    fateOf: (source: string) => fates[source.slice(directory.length + 7)],
  }
}

describe.each(['sharp', 'jimp'] as const)('bad images in a folder, with %s', (decoder) => {
  test.each(Object.keys(transforms) as (keyof typeof transforms)[])(
    'are read, or left out and named: %s',
    async (view) => {
      const { dataset, fateOf } = await badFolder()
      for (const workers of [0, 1]) {
        const options = { transform: transforms[view], batchSize: 5, decoder, workers, onError: 'skip' as const }
        const loader = createLoader(dataset, options)
        const batches = await collect(loader.epoch(0))
        const seen = new Map(loader.skipped.map(({ source, error }) => [source, error.code as string]))
        for (const { indices } of batches) for (const index of indices) seen.set(dataset.samples[index]!.source, 'read')
        expect(seen).toEqual(new Map(dataset.samples.map(({ source }) => [source, fateOf(source)])))
        await loader.close()
      }
    },
  )

  test('are errors that name the file', async () => {
    const { dataset, fateOf } = await badFolder()
    for (const sample of dataset.samples) {
      const fate = fateOf(sample.source)
      if (fate === 'read') continue
      const options = { transform: transforms['the middle'], batchSize: 1, decoder, workers: 0 }
      const loader = createLoader({ classes: dataset.classes, samples: [sample] }, options)
      expect(await errorOf(collect(loader.epoch(0)))).toMatchObject({ code: fate, facts: { source: sample.source } })
      await loader.close()
    }
  })
})

const middle = { transform: transforms['the middle'], batchSize: 2, cacheBytes: 0 }

test.each([0, 1])(
  'files that vanish, or become directories, after they were listed are unreadable, with %i workers',
  async (workers) => {
    const directory = await directoryOf(
      Object.fromEntries(await Promise.all([0, 1, 2, 3].map(async (i) => [`a/${i}.png`, await png(9, 9, i)]))),
    )
    const dataset = await ImageFolder(directory)
    await rm(join(directory, 'a/1.png'))
    await rm(join(directory, 'a/2.png'))
    await mkdir(join(directory, 'a/2.png'))
    const loader = createLoader(dataset, { ...middle, workers, onError: 'skip' })
    expect((await collect(loader.epoch(0))).flatMap(({ indices }) => [...indices])).toEqual([0, 3])
    expect(loader.skipped.map(({ source, error }) => [source, error.code])).toEqual([
      [join(directory, 'a/1.png'), 'data/unreadable'],
      [join(directory, 'a/2.png'), 'data/unreadable'],
    ])
    // Back again, it is read again.
    await writeFile(join(directory, 'a/1.png'), await png(9, 9))
    expect((await collect(loader.epoch(1))).flatMap(({ indices }) => [...indices])).toEqual([0, 1, 3])
    await loader.close()
    const strict = createLoader(dataset, { ...middle, workers })
    const error = await errorOf(collect(strict.epoch(0)))
    expect(error).toMatchObject({ code: 'data/unreadable', facts: { source: join(directory, 'a/2.png') } })
    await strict.close()
  },
)

/** Loads a folder as a user who may not read all of it; the root user may. */
const asNobody = `
import { compose, createLoader, resize, centerCrop, toTensor } from 'DIST/index.js'
import { ImageFolder } from 'DIST/node.js'
const [directory] = process.argv.slice(1)
const transform = compose([resize(8), centerCrop(8), toTensor()])
// Whatever is loaded on demand, as the user that it belongs to.
for await (const _ of createLoader(await ImageFolder(directory + '/warm'), { transform, batchSize: 9, workers: 0 }).epoch(0));
if (process.getuid() === 0) process.setuid(65534)
const loader = createLoader(await ImageFolder(directory + '/open'), { transform, batchSize: 9, workers: 0, onError: 'skip' })
let read = 0
for await (const { indices } of loader.epoch(0)) read += indices.length
const folder = await ImageFolder(directory + '/shut').catch(({ code, facts }) => ({ code, problem: facts.problem }))
console.log(JSON.stringify({ read, skipped: loader.skipped.map(({ source, error }) => [source, error.code]), folder }))
`

test.skipIf(process.platform === 'win32')('files and folders that may not be read are errors that say so', async () => {
  const image = await png(9, 9)
  const names = ['warm/a/0.png', 'open/a/0.png', 'open/a/1.png', 'shut/a/0.png']
  const directory = await directoryOf(Object.fromEntries(names.map((name) => [name, image])))
  await chmod(directory, 0o755)
  await chmod(join(directory, 'open/a/1.png'), 0)
  await chmod(join(directory, 'shut/a'), 0)
  const script = asNobody.replaceAll('DIST', new URL('../../dist', import.meta.url).href)
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, directory])
  expect(JSON.parse(stdout)).toEqual({
    read: 1,
    skipped: [[join(directory, 'open/a/1.png'), 'data/unreadable']],
    folder: { code: 'dataset/no-directory', problem: 'unreadable' },
  })
})

test('a data set of nothing but unreadable images has no batch', async () => {
  const samples = ['x', 'y'].map((source) => ({ source, label: 0 }))
  const dataset: ImageDataset = { classes: ['a'], samples }
  const loader = createLoader(dataset, { ...middle, workers: 0, onError: 'skip' })
  expect(await collect(loader.epoch(0))).toEqual([])
  expect(loader.skipped).toHaveLength(2)
  await loader.close()
})
