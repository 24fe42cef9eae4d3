import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  bmp,
  bytes,
  gif,
  intoJpeg,
  jpegFrame,
  png,
  pngChunk,
  pngHeader,
  pngOf,
  rgbEntries,
  segment,
  tiff,
  zeroBomb,
} from './crafted.js'

/**
 * Small files that ask for gigabytes or for minutes, decoded in a process of their own. What refusals take is little more
 * than what Node and the decoder's code take.
 */
const MOST_SECONDS = 5
const MOST_MEGABYTES = 400
const MAX_PIXELS = 1_000_000

interface Bomb {
  readonly file: () => Uint8Array | Promise<Uint8Array>
  /** What the refusal says, or the code of another error; undefined: it is decoded, and nothing of the bomb is looked at. */
  readonly refused?: RegExp
  readonly code?: string
}

let [small, cmyk]: [Uint8Array, Uint8Array] = [bytes(), bytes()]
beforeAll(async () => {
  const plain = sharp({ create: { width: 16, height: 16, channels: 3, background: '#a05020' } })
  small = new Uint8Array(await plain.clone().jpeg().toBuffer())
  cmyk = new Uint8Array(await plain.clone().toColourspace('cmyk').jpeg().toBuffer())
})

const grey16 = { depth: 16, colour: 0 }
const interlacedZeros = (header: Uint8Array) => pngOf(header, pngChunk('IDAT', zeroBomb(2)))
const tiffEntries = rgbEntries(1, 1)

const bombs: Readonly<Record<string, Bomb>> = {
  'a JPEG of 33 bytes whose header hides behind FF00': {
    file: () => bytes(0xff, 0xd8, 0xff, 0, jpegFrame(2112, 65535), 0xff, 0xd9, new Uint8Array(8)),
    refused: /byte 2 should begin a marker/,
  },
  'the same with more pixels': {
    file: () => bytes(0xff, 0xd8, 0xff, 0, jpegFrame(65535, 65535), 0xff, 0xd9, new Uint8Array(8)),
    refused: /byte 2 should begin a marker/,
  },
  'a JPEG with two frame headers': {
    file: () => intoJpeg(small, jpegFrame(65535, 65535, 3, 0xc2)),
    refused: /two frame headers, 65535 x 65535 and 16 x 16 pixels/,
  },
  'a JPEG of four inks with two frame headers': {
    file: () => intoJpeg(cmyk, jpegFrame(8, 8, 4), jpegFrame(65000, 65000, 4)),
    refused: /two frame headers, 8 x 8 and 65000 x 65000 pixels/,
  },
  'a JPEG whose quantization table leads into a hidden frame header': {
    file: () => intoJpeg(small, segment(0xdb, 0, bytes(0xff, 0xc0)), jpegFrame(65535, 65535)),
    refused: /quantization tables do not fill their segment/,
  },
  'a progressive JPEG of many scans': {
    async file() {
      const progressive = await sharp(small).resize(1000, 1000).jpeg({ progressive: true }).toBuffer()
      const scan = bytes(segment(0xda, 1, 1, 0, 1, 5, 0), 0)
      return bytes(progressive.subarray(0, -2), ...new Array<Uint8Array>(50_000).fill(scan), 0xff, 0xd9)
    },
    refused: /more than 100 scans/,
  },
  'a GIF with an image of 20000 x 20000 in a screen of 1 x 1': {
    file: () => gif(1, 1, [{ width: 20_000, height: 20_000, pixels: [0] }]),
    refused: /20000 x 20000 pixels at 0, 0 of a screen of 1 x 1/,
  },
  'a GIF with an image of 65535 x 65535 in a screen of 1 x 1': {
    file: () => gif(1, 1, [{ width: 65_535, height: 65_535, pixels: [0] }]),
    refused: /65535 x 65535 pixels at 0, 0 of a screen of 1 x 1/,
  },
  'a GIF whose second image is large': {
    file: () =>
      gif(1, 1, [
        { width: 1, height: 1, pixels: [0] },
        { width: 65_535, height: 65_535, pixels: [0] },
      ]),
  },
  'a TIFF with a second directory of 30000 x 30000': {
    file: () => tiff(new Uint8Array(3), [tiffEntries, rgbEntries(30_000, 30_000, 3)]),
  },
  'a TIFF whose directory points at itself': {
    file: () => tiff(new Uint8Array(3), [tiffEntries], { next: ([start]) => start! }),
  },
  'a TIFF whose deflated strip holds gigabytes': {
    file() {
      const strip = zeroBomb(2)
      const entries = rgbEntries(1, 1, strip.length).map((entry) => (entry[0] === 259 ? ([259, 8] as const) : entry))
      return tiff(strip, [entries])
    },
    refused: /strip 1 does not hold the 3 bytes of its rows/,
  },
  'a TIFF by deflate that says 60000 x 60000': {
    file: () =>
      tiff(new Uint8Array(9), [
        rgbEntries(60_000, 60_000, 9).map((entry) => (entry[0] === 259 ? ([259, 8] as const) : entry)),
      ]),
    refused: /has 60000 x 60000 pixels/,
    code: 'data/too-many-pixels',
  },
  'a TIFF of 40000 entries that have half a million values each': {
    file() {
      const entries = new Array<[number, number]>(40_000).fill([325, 8])
      const file = tiff(new Uint8Array(500_000), [[...entries, ...rgbEntries(1, 1, 3)]])
      const view = new DataView(file.buffer)
      for (let at = 8 + 500_000 + 2, i = 0; i < entries.length; i++, at += 12) {
        view.setUint16(at + 2, 1, true)
        view.setUint32(at + 4, 400_000, true)
      }
      return file
    },
  },
  'a TIFF with an entry of four thousand million values': {
    file() {
      const file = tiff(new Uint8Array(3), [[...tiffEntries, [324, 8]]])
      const view = new DataView(file.buffer)
      const at = 12 + 2 + 12 * tiffEntries.length
      view.setUint32(at + 4, 0xffffffff, true)
      return file
    },
  },
  'a PNG with two headers': {
    file: () => png(pngHeader(1, 1), new Uint8Array(4), pngHeader(30_000, 30_000)),
    refused: /two headers, 1 x 1 and 30000 x 30000 pixels/,
  },
  'a PNG of 16-bit grey with two headers': {
    file: () => png(pngHeader(1, 1, grey16), new Uint8Array(3), pngHeader(30_000, 30_000, grey16)),
    refused: /two headers, 1 x 1 and 30000 x 30000 pixels/,
  },
  'an interlaced PNG of one pixel and gigabytes of zeros': {
    file: () => interlacedZeros(pngHeader(1, 1, { interlaced: true })),
  },
  'an interlaced PNG of 16-bit grey, one pixel and gigabytes of zeros': {
    file: () => interlacedZeros(pngHeader(1, 1, { ...grey16, interlaced: true })),
  },
  'a PNG of one pixel and gigabytes of zeros': { file: () => interlacedZeros(pngHeader(1, 1)) },
  'a BMP that says it has 2 thousand million colours': {
    file: () => bmp(1, 1, 8, new Uint8Array(4), { palette: new Uint8Array(1024), colours: 0x7fffffff }),
    refused: /2147483647 colours at 8 bits/,
  },
  'a BMP of more pixels than it has': {
    file: () => bmp(1000, 1000, 32, new Uint8Array(4)),
    refused: /the file ends before its pixels do/,
  },
}

const run = promisify(execFile)
const script = fileURLToPath(new URL('decodeFiles.js', import.meta.url))
const names = Object.keys(bombs)

interface Outcome {
  readonly code?: string
  readonly problem?: string
  readonly shape?: readonly number[]
  readonly seconds: number
  readonly megabytes: number
}

/** Of each bomb, in their order; of fewer, where one took the process down. */
async function decodeAll(decoder: string): Promise<Outcome[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bombs-'))
  for (const [i, { file }] of Object.values(bombs).entries()) await writeFile(join(directory, String(i)), await file())
  const options = { timeout: 100_000 }
  const ended = await run(process.execPath, [script, directory, decoder, String(MAX_PIXELS)], options).catch(
    (error: { stdout: string }) => error,
  )
  await rm(directory, { recursive: true })
  const lines = ended.stdout.split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line))
}

describe.each(['jimp', 'sharp'])('%s is not taken down by', (decoder) => {
  let outcomes: Outcome[]
  beforeAll(async () => {
    outcomes = await decodeAll(decoder)
  }, 120_000)

  test.each(names)('%s', (name) => {
    const { refused, code = 'data/unreadable' } = bombs[name]!
    const outcome = outcomes[names.indexOf(name)]
    expect(outcome, 'the process ended').toBeDefined()
    if (refused) expect(outcome).toMatchObject({ code, problem: expect.stringMatching(refused) })
    else expect(outcome!.shape).toEqual([1, 1, 3])
    expect(outcome!.seconds).toBeLessThan(MOST_SECONDS)
    expect(outcome!.megabytes).toBeLessThan(MOST_MEGABYTES)
  })
})
