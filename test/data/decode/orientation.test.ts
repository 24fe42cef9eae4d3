import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Decoder, decodeImage } from '../../../src/data/decode/decodeImage.js'
import type { RgbImage } from '../../../src/transforms/rgbImage.js'
import { errorOf } from '../support.js'
import {
  bmp,
  bytes,
  exif,
  extendedWebp,
  gif,
  intoPng,
  pngChunk,
  rgbEntries,
  segment,
  tiff,
  withExif,
} from './crafted.js'

const [WIDTH, HEIGHT] = [24, 16]

/**
 * Where the pixel at (y, x) of the image as it is seen lies in the stored one, by the words of the EXIF standard: for
 * each orientation, which side of the seen image the stored rows and columns begin at.
 */
const storedAt: Readonly<Record<number, (y: number, x: number) => readonly [row: number, column: number]>> = {
  1: (y, x) => [y, x], // row 0 is the top, column 0 the left side
  2: (y, x) => [y, WIDTH - 1 - x], // top, right
  3: (y, x) => [HEIGHT - 1 - y, WIDTH - 1 - x], // bottom, right
  4: (y, x) => [HEIGHT - 1 - y, x], // bottom, left
  5: (y, x) => [x, y], // left, top
  6: (y, x) => [HEIGHT - 1 - x, y], // right, top
  7: (y, x) => [HEIGHT - 1 - x, WIDTH - 1 - y], // right, bottom
  8: (y, x) => [x, WIDTH - 1 - y], // left, bottom
}
const orientations = Object.keys(storedAt).map(Number)

/** No two pixels of it are alike. */
const pixels = new Uint8Array(HEIGHT * WIDTH * 3).map((_, i) => (i % 3 === 0 ? (i / 3) % 256 : (i * 7) % 256))
const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 3 as const } }

interface Format {
  readonly decoders: readonly Decoder[]
  with(data: Uint8Array, orientation: number): Uint8Array
}

const formats: Record<string, Format> = {}
beforeAll(async () => {
  const image = sharp(pixels, raw)
  const jpeg = new Uint8Array(await image.clone().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer())
  const png = new Uint8Array(await image.clone().png().toBuffer())
  const webp = new Uint8Array(await image.clone().webp({ lossless: true }).toBuffer())
  Object.assign(formats, {
    jpeg: { decoders: ['jimp', 'sharp'], with: (data) => withExif(jpeg, data) },
    png: { decoders: ['jimp', 'sharp'], with: (data) => intoPng(png, pngChunk('eXIf', data)) },
    webp: { decoders: ['sharp'], with: (data) => extendedWebp(webp, WIDTH, HEIGHT, data) },
    'webp with the prefix of JPEG': {
      decoders: ['sharp'],
      with: (data) => extendedWebp(webp, WIDTH, HEIGHT, bytes('Exif\0\0', data)),
    },
    tiff: {
      decoders: ['jimp', 'sharp'],
      with: (_, orientation) => tiff(pixels, [[...rgbEntries(WIDTH, HEIGHT), [274, orientation]]]),
    },
  } satisfies Record<string, Format>)
})

function demandTurned(seen: RgbImage, stored: RgbImage, orientation: number): void {
  const swapped = orientation >= 5
  expect(seen.shape).toEqual([swapped ? WIDTH : HEIGHT, swapped ? HEIGHT : WIDTH, 3])
  expect(seen.stride).toEqual([seen.shape[1]! * 3, 3, 1])
  for (let y = 0; y < seen.shape[0]!; y++)
    for (let x = 0; x < seen.shape[1]!; x++) {
      const [row, column] = storedAt[orientation]!(y, x)
      for (let c = 0; c < 3; c++)
        if (seen.get(y, x, c) !== stored.get(row, column, c))
          throw new Error(`pixel ${y}, ${x} of orientation ${orientation} is not that at ${row}, ${column}`)
    }
}

describe.each(['jpeg', 'png', 'webp', 'webp with the prefix of JPEG', 'tiff'])('EXIF orientation of %s', (name) => {
  test.each(orientations)('%i turns every pixel to its place', async (orientation) => {
    const format = formats[name]!
    for (const decoder of format.decoders)
      for (const little of [true, false]) {
        const file = format.with(exif(orientation, { little }), orientation)
        const stored = await decodeImage(file, { decoder, autoOrient: false })
        expect(stored.shape).toEqual([HEIGHT, WIDTH, 3])
        if (name !== 'jpeg') expect(stored.data).toEqual(pixels)
        demandTurned(await decodeImage(file, { decoder }), stored, orientation)
      }
  })

  test('that is none, or is not there, changes nothing', async () => {
    const format = formats[name]!
    const none = [exif(0), exif(9), exif(6, { type: 2 }), exif(6).subarray(0, 11), bytes('MM'), bytes('no EXIF data')]
    for (const decoder of format.decoders)
      for (const data of none)
        expect((await decodeImage(format.with(data, 0), { decoder })).shape).toEqual([HEIGHT, WIDTH, 3])
  })

  test('decides which way round the size is that errors and limits speak of', async () => {
    const format = formats[name]!
    for (const decoder of format.decoders) {
      const file = format.with(exif(6), 6)
      const refused = await errorOf(decodeImage(file, { decoder, maxPixels: WIDTH * HEIGHT - 1 }))
      expect(refused).toMatchObject({ code: 'data/too-many-pixels', facts: { width: HEIGHT, height: WIDTH } })
      const stored = await errorOf(decodeImage(file, { decoder, maxPixels: 1, autoOrient: false }))
      expect(stored).toMatchObject({ facts: { width: WIDTH, height: HEIGHT } })
      expect((await decodeImage(file, { decoder, maxPixels: WIDTH * HEIGHT })).shape).toEqual([WIDTH, HEIGHT, 3])
    }
  })
})

test('the first EXIF segment of a JPEG counts, and of several of a PNG the first', async () => {
  for (const [name, file] of [
    ['jpeg', withExif(formats.jpeg!.with(exif(3), 3), exif(6))],
    ['png', intoPng(formats.png!.with(exif(3), 3), pngChunk('eXIf', exif(6)))],
  ] as const)
    for (const decoder of formats[name]!.decoders)
      expect((await decodeImage(file, { decoder })).shape).toEqual([WIDTH, HEIGHT, 3])
})

test('sharp turns by the same rule as the library, where it knows the format', async () => {
  for (const name of ['jpeg', 'png', 'webp'])
    for (const orientation of orientations) {
      const file = formats[name]!.with(exif(orientation), orientation)
      const own = sharp(file, { autoOrient: true }).toColourspace('srgb').removeAlpha().raw()
      const { data, info } = await own.toBuffer({ resolveWithObject: true })
      const ours = await decodeImage(file, { decoder: 'sharp' })
      expect(ours.shape).toEqual([info.height, info.width, 3])
      expect(Buffer.compare(Buffer.from(ours.data), data), `${name} ${orientation}`).toBe(0)
    }
})

test('formats without EXIF data are left as they are', async () => {
  const still = gif(2, 1, [{ width: 2, height: 1, pixels: [0, 1] }])
  expect((await decodeImage(still)).shape).toEqual([1, 2, 3])
  expect((await decodeImage(bmp(2, 1, 24, new Uint8Array(8)))).shape).toEqual([1, 2, 3])
})

test('other segments with the marker of EXIF data (XMP) say nothing about orientation', async () => {
  const xmp = segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0<tiff:Orientation>6</tiff:Orientation>')
  const file = bytes(formats.jpeg!.with(exif(1), 1).subarray(0, 2), xmp, formats.jpeg!.with(exif(1), 1).subarray(2))
  for (const decoder of ['jimp', 'sharp'] as const)
    expect((await decodeImage(file, { decoder })).shape).toEqual([HEIGHT, WIDTH, 3])
})
