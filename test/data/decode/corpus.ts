import { deflateSync } from 'node:zlib'
import { Jimp } from 'jimp'
import sharp, { type Sharp } from 'sharp'
import { seededRandom } from '../../../src/random.js'
import {
  bmp,
  bytes,
  exif,
  extendedWebp,
  gif,
  intoJpeg,
  intoPng,
  jpegFrame,
  png,
  pngChunk,
  pngHeader,
  rgbEntries,
  segment,
  tiff,
  withExif,
} from './crafted.js'

/** What becomes of an image: its pixels, by all decoders or by some of them, of which jimp says so; or an error. */
export type Fate = 'read' | 'needs sharp or a page' | 'needs sharp' | 'refused'

/** What each decoder must make of it: two libraries in Node, and in a page its browser. */
export const outcomes: Readonly<Record<Fate, Readonly<Record<'sharp' | 'jimp' | 'page', 'read' | 'refused'>>>> = {
  read: { sharp: 'read', jimp: 'read', page: 'read' },
  'needs sharp or a page': { sharp: 'read', jimp: 'refused', page: 'read' },
  'needs sharp': { sharp: 'read', jimp: 'refused', page: 'refused' },
  refused: { sharp: 'refused', jimp: 'refused', page: 'refused' },
}

export interface CorpusImage {
  readonly name: string
  readonly file: Uint8Array
  readonly fate: Fate
}

const [WIDTH, HEIGHT] = [33, 21]

/** A smooth image with some noise: what a photograph is to an encoder. */
function photograph(channels: 3 | 4 = 3): Sharp {
  const source = seededRandom('corpus', channels)
  const data = new Uint8Array(WIDTH * HEIGHT * channels).map((_, i) => {
    const [x, y, c] = [Math.floor(i / channels) % WIDTH, Math.floor(i / channels / WIDTH), i % channels]
    return Math.min(
      Math.max(60 + 5 * x * (c === 0 ? 1 : 0.4) + 6 * y * (c === 1 ? 0.8 : 0.3) + source.uniform(-4, 4), 0),
      255,
    )
  })
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } })
}

/** Random bytes, which fill the tables of a compression. */
function noise(width: number, height: number): Sharp {
  const source = seededRandom('noise')
  const data = new Uint8Array(width * height * 3).map(() => source.integer(0, 255))
  return sharp(data, { raw: { width, height, channels: 3 } })
}

const encoded = async (image: Sharp): Promise<Uint8Array> => new Uint8Array(await image.toBuffer())
const all = (fate: Fate, files: Readonly<Record<string, Uint8Array>>): CorpusImage[] =>
  Object.entries(files).map(([name, file]) => ({ name, file, fate }))

const cut = (file: Uint8Array, bytes: number) => file.subarray(0, file.length - bytes)
/** Cut off at several places from front to end. */
const truncated = (name: string, file: Uint8Array): CorpusImage[] =>
  all('refused', {
    ...Object.fromEntries(
      [1, 2, 10, 20, 40, 60, 80, 95].map((percent) => [
        `${name} cut at ${percent}%`,
        file.subarray(0, Math.ceil((file.length * percent) / 100)),
      ]),
    ),
    [`${name} without its last byte`]: cut(file, 1),
  })
/** Something behind the end, which nobody looks at. */
const withTails = (name: string, file: Uint8Array, fate: Fate = 'read'): CorpusImage[] =>
  all(fate, {
    [`${name} and a zero`]: bytes(file, 0),
    [`${name} and text`]: bytes(file, 'and that was the image'),
    [`${name} and itself again`]: bytes(file, file),
  })

const replaced = (file: Uint8Array, at: number, ...values: number[]): Uint8Array => {
  const copy = file.slice()
  copy.set(values, at)
  return copy
}
/** Where a marker of a JPEG begins. */
const markerAt = (file: Uint8Array, marker: number): number =>
  file.findIndex((byte, at) => byte === 0xff && file[at + 1] === marker)
const withoutSegments = (file: Uint8Array, marker: number): Uint8Array => {
  const at = markerAt(file, marker)
  if (at < 0) return file
  const end = at + 2 + file[at + 2]! * 256 + file[at + 3]!
  return withoutSegments(bytes(file.subarray(0, at), file.subarray(end)), marker)
}

async function jpegs(): Promise<CorpusImage[]> {
  const plain = await encoded(photograph().jpeg({ quality: 90, chromaSubsampling: '4:4:4' }))
  const frame = markerAt(plain, 0xc0)
  const scan = markerAt(plain, 0xda)
  const of = (options: object) => encoded(photograph().jpeg(options))
  const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: '#123456' } })
  const cmyk = await encoded(photograph().toColourspace('cmyk').jpeg())
  return [
    ...all('read', {
      'a JPEG': plain,
      'a JPEG with colour at half size': await of({ chromaSubsampling: '4:2:0' }),
      'a JPEG of the least quality': await of({ quality: 1 }),
      'a progressive JPEG': await of({ progressive: true }),
      'a JPEG by mozjpeg': await of({ mozjpeg: true }),
      'a grey JPEG': await encoded(photograph().greyscale().jpeg()),
      'a JPEG of four inks': cmyk,
      'a JPEG of one pixel': await encoded(dot.clone().jpeg()),
      'a JPEG of one row': await encoded(photograph().resize(40, 1, { fit: 'fill' }).jpeg()),
      'a JPEG by jimp': new Uint8Array(
        await new Jimp({ width: 9, height: 7, color: 0x123456ff }).getBuffer('image/jpeg'),
      ),
      'a JPEG with a colour profile': await encoded(photograph().withIccProfile('p3').jpeg()),
      'a JPEG without JFIF': withoutSegments(plain, 0xe0),
      "a JPEG with Adobe's segment": intoJpeg(
        withoutSegments(plain, 0xe0),
        segment(0xee, 'Adobe', 0, 100, 0, 0, 0, 0, 1),
      ),
      'a JPEG of RGB by Adobe': intoJpeg(withoutSegments(plain, 0xe0), segment(0xee, 'Adobe', 0, 100, 0, 0, 0, 0, 0)),
      'a JPEG with fill bytes': bytes(plain.subarray(0, frame), 0xff, 0xff, 0xff, plain.subarray(frame)),
      'a JPEG with a long comment': intoJpeg(plain, segment(0xfe, 'x'.repeat(65_000))),
      'a JPEG with segments of every application': intoJpeg(
        plain,
        ...[...Array(14).keys()].map((i) => segment(0xe2 + i, 'me')),
      ),
      'a JPEG with an image in its EXIF data': intoJpeg(plain, segment(0xe1, 'Exif\0\0', exif(1), plain)),
      'a JPEG with damaged EXIF data': intoJpeg(plain, segment(0xe1, 'Exif\0\0', 'MM\0*', new Uint8Array(4).fill(255))),
      'a JPEG with bytes left over before its end': bytes(cut(plain, 2), 0, 0, 0xff, 0xd9),
    }),
    ...all(
      'read',
      Object.fromEntries(
        [1, 2, 3, 4, 5, 6, 7, 8].flatMap((value) => [
          [`a JPEG of orientation ${value}`, withExif(plain, exif(value))],
          [`a JPEG of orientation ${value}, the other order of bytes`, withExif(plain, exif(value, { little: false }))],
        ]),
      ),
    ),
    ...withTails('a JPEG', plain),
    ...truncated('a JPEG', plain),
    ...truncated('a progressive JPEG', await of({ progressive: true })),
    ...all('needs sharp or a page', { "a JPEG of four inks without Adobe's segment": withoutSegments(cmyk, 0xee) }),
    ...all('refused', {
      'a JPEG cut off, with an end put to it in a segment': bytes(plain.subarray(0, frame + 8), 0xff, 0xd9),
      'a JPEG without a frame header': withoutSegments(plain, 0xc0),
      'a JPEG without a scan': bytes(plain.subarray(0, scan), 0xff, 0xd9),
      'a JPEG without quantization tables': withoutSegments(plain, 0xdb),
      'a JPEG without Huffman tables': withoutSegments(plain, 0xc4),
      'a JPEG with two frame headers': intoJpeg(plain, jpegFrame(WIDTH, HEIGHT)),
      'a JPEG that begins twice': bytes(0xff, 0xd8, plain),
      'a JPEG of no rows': replaced(plain, frame + 5, 0, 0),
      'a JPEG of 12 bits': replaced(plain, frame + 4, 12),
      'a JPEG of two components': intoJpeg(withoutSegments(plain, 0xc0), jpegFrame(WIDTH, HEIGHT, 2)),
      'a lossless JPEG': replaced(plain, frame + 1, 0xc3),
      'an arithmetic JPEG': replaced(plain, frame + 1, 0xc9),
      'a JPEG sampled 3 to 2': replaced(replaced(plain, frame + 11, 0x31), frame + 14, 0x21),
      'a JPEG with bytes between its segments': bytes(plain.subarray(0, frame), 1, 2, 3, plain.subarray(frame)),
    }),
  ]
}

async function pngs(): Promise<CorpusImage[]> {
  const plain = await encoded(photograph().png())
  const rows = (bytesOfRow: number, fill = (i: number) => (i * 37) % 256) =>
    new Uint8Array(3 * (1 + bytesOfRow)).map((_, i) => (i % (1 + bytesOfRow) === 0 ? 0 : fill(i)))
  const header = (depth: number, colour: number) => pngHeader(4, 3, { depth, colour })
  const palette = pngChunk(
    'PLTE',
    new Uint8Array(12).map((_, i) => i * 20),
  )
  const data = deflateSync(rows(12))
  return [
    ...all('read', {
      'a PNG': plain,
      'an interlaced PNG': await encoded(photograph().png({ progressive: true })),
      'a PNG with alpha': await encoded(photograph(4).png()),
      'an interlaced PNG with alpha': await encoded(photograph(4).png({ progressive: true })),
      'a PNG with a palette': await encoded(photograph().png({ palette: true, colours: 16 })),
      'a PNG with a palette and alpha': await encoded(photograph(4).png({ palette: true, colours: 16 })),
      'a grey PNG': await encoded(photograph().greyscale().png()),
      'a PNG of one pixel': png(pngHeader(1, 1), new Uint8Array(4)),
      'an interlaced PNG of one pixel': png(pngHeader(1, 1, { interlaced: true }), new Uint8Array(4)),
      'a PNG of one bit': png(header(1, 0), rows(1)),
      'a PNG of two bits': png(header(2, 0), rows(1)),
      'a PNG of four bits': png(header(4, 0), rows(2)),
      'a PNG with a palette of two bits': png(header(2, 3), rows(1), palette),
      'a PNG of 16-bit grey': png(header(16, 0), rows(8)),
      'a PNG of 16-bit grey with alpha': png(header(16, 4), rows(16)),
      'a PNG of 16-bit colour': png(header(16, 2), rows(24)),
      'a PNG of 16-bit colour with alpha': png(header(16, 6), rows(32)),
      'a PNG of 8-bit grey with alpha': png(header(8, 4), rows(8)),
      'a PNG with a transparent colour': png(header(8, 2), rows(12), pngChunk('tRNS', bytes(0, 74, 0, 111, 0, 148))),
      'a PNG of a strange gamma': png(header(8, 2), rows(12), pngChunk('gAMA', bytes(0, 3, 0, 0))),
      'a PNG with text': intoPng(plain, pngChunk('tEXt', bytes('Comment\0', 'x'.repeat(1000)))),
      'a PNG with a wrong checksum of its text': intoPng(plain, replaced(pngChunk('tEXt', bytes('a\0b')), 11, 0)),
      'a PNG in many pieces': pngInPieces(header(8, 2), data),
      'an animated PNG': intoPng(plain, pngChunk('acTL', bytes(0, 0, 0, 1, 0, 0, 0, 0))),
      'a PNG with more data than pixels': png(header(8, 2), bytes(rows(12), new Uint8Array(9))),
    }),
    ...withTails('a PNG', plain),
    ...truncated('a PNG', plain),
    ...truncated('an interlaced PNG', await encoded(photograph().png({ progressive: true }))),
    ...all('refused', {
      'a PNG with less data than pixels': png(header(8, 2), rows(12).subarray(0, -1)),
      'a PNG with a wrong checksum of its pixels': replaced(plain, plain.length - 14, 1, 2),
      'a PNG with a wrong checksum of its header': replaced(plain, 29, 1, 2),
      'a PNG without a palette': png(header(2, 3), rows(1)),
      'a PNG of an unknown filter': png(header(8, 2), rows(12).fill(9)),
      'a PNG of 3 bits': png(header(3, 0), rows(2)),
      'a PNG with a critical chunk of its own': intoPng(plain, pngChunk('CgBI', bytes(0, 0, 0, 0))),
      'a PNG with two headers': intoPng(plain, pngHeader(WIDTH, HEIGHT)),
      'a PNG of no columns': png(pngHeader(0, 3), rows(0)),
      'a PNG without pixels': bytes(plain.subarray(0, 33), plain.subarray(-12)),
    }),
  ]
}

const pngInPieces = (header: Uint8Array, data: Uint8Array): Uint8Array =>
  bytes(
    '\x89PNG\r\n\x1a\n',
    header,
    ...Array.from(data, (byte) => pngChunk('IDAT', bytes(byte))),
    pngChunk('IEND', bytes()),
  )

async function gifs(): Promise<CorpusImage[]> {
  const plain = await encoded(photograph().gif())
  const frames = sharp(await encoded(photograph()), {
    raw: { width: WIDTH, height: HEIGHT, channels: 3, pageHeight: 7 },
  })
  const square = (size: number) => ({
    width: size,
    height: size,
    pixels: Array.from({ length: size * size }, (_, i) => i % 4),
  })
  return [
    ...all('read', {
      'a GIF': plain,
      'an animated GIF': await encoded(frames.gif({ delay: [10, 10, 10] })),
      'a GIF with a transparent colour': await encoded(photograph(4).gif()),
      'a GIF by hand': gif(5, 5, [square(5)]),
      'a GIF with an image smaller than its screen': gif(9, 8, [{ ...square(5), left: 2 }]),
      'a GIF with a comment': gif(5, 5, [square(5)], bytes(0x21, 0xfe, 3, 'hey', 0)),
      'a GIF with an unknown extension': gif(5, 5, [square(5)], bytes(0x21, 0x42, 3, 'hey', 0)),
      'a GIF of one pixel': gif(1, 1, [square(1)]),
      'a GIF without its trailer': cut(plain, 1),
      'a GIF whose second image is cut off': cut(gif(5, 5, [square(5), square(5)]), 9),
    }),
    ...withTails('a GIF', plain),
    ...truncated('a GIF', plain).slice(0, -1),
    ...all('refused', {
      'a GIF with too few pixels': gif(5, 5, [{ ...square(5), pixels: [0, 1, 2] }]),
      'a GIF with too many pixels': gif(5, 5, [{ ...square(5), pixels: square(6).pixels }]),
      'a GIF with an image that leaves its screen': gif(5, 5, [square(6)]),
      'a GIF without an image': gif(5, 5, []),
      'a GIF of another version': replaced(plain, 4, 0x38),
    }),
  ]
}

async function tiffs(): Promise<CorpusImage[]> {
  const of = (options: object, image = photograph()) => encoded(image.tiff(options))
  const plain = await of({ compression: 'none' })
  const pixels = new Uint8Array(4 * 3 * 3).map((_, i) => i * 7)
  const colours = Array.from({ length: 3 * 256 }, (_, i) => (i * 771) % 2 ** 16)
  const crafted = (...changes: [number, ...number[]][]) => {
    const entries = new Map([...rgbEntries(4, 3), ...changes].map((entry) => [entry[0], entry]))
    return tiff(pixels, [[...entries.values()]])
  }
  return [
    ...all('read', {
      'a TIFF': plain,
      'a TIFF by LZW': await of({ compression: 'lzw', predictor: 'none' }),
      'a TIFF by LZW of differences': await of({ compression: 'lzw', predictor: 'horizontal' }),
      'a TIFF by deflate': await of({ compression: 'deflate', predictor: 'none' }),
      'a TIFF by pack bits': await of({ compression: 'packbits' }),
      'a TIFF with alpha': await of({ compression: 'none' }, photograph(4)),
      'a grey TIFF': await of({ compression: 'none' }, photograph().greyscale()),
      'a grey TIFF by LZW of differences': await of(
        { compression: 'lzw', predictor: 'horizontal' },
        photograph().greyscale(),
      ),
      'a large noisy TIFF by LZW': await of({ compression: 'lzw', predictor: 'none' }, noise(90, 70)),
      'a TIFF of one bit': await of({ compression: 'none', bitdepth: 1 }, photograph().greyscale()),
      'a TIFF of one bit by deflate, white being zero': await of(
        { compression: 'deflate', bitdepth: 1, miniswhite: true },
        photograph().greyscale(),
      ),
      'a TIFF of grey from white to black': await of(
        { compression: 'packbits', miniswhite: true },
        photograph().greyscale(),
      ),
      'a TIFF of grey with alpha': crafted([258, 8, 8], [262, 1], [277, 2], [279, 24]),
      'a TIFF of a palette': crafted([258, 8], [262, 3], [277, 1], [279, 12], [320, ...colours]),
      'a TIFF by hand': crafted(),
      'a TIFF by hand, the other order of bytes': tiff(pixels, [rgbEntries(4, 3)], { little: false }),
      'a TIFF of two images': tiff(pixels, [rgbEntries(4, 3), rgbEntries(2, 3)]),
      'a TIFF whose strip is the whole image and more rows': crafted([278, 0xffffffff]),
      'a TIFF by jimp': new Uint8Array(
        await new Jimp({ width: 9, height: 7, color: 0x123456ff }).getBuffer('image/tiff'),
      ),
      'a TIFF and a tail': bytes(plain, 'tail'),
      'a TIFF cut off behind its pixels and its directory': cut(plain, 4),
    }),
    ...all('needs sharp', {
      'a TIFF in tiles': await of({ compression: 'none', tile: true, tileWidth: 16, tileHeight: 16 }),
      'a TIFF with JPEG inside': await of({ compression: 'jpeg' }),
      'a TIFF of 16 bits': await of({ compression: 'none' }, photograph().toColourspace('rgb16')),
      'a TIFF of four inks': await of({ compression: 'none' }, photograph().toColourspace('cmyk')),
    }),
    ...truncated('a TIFF', plain).slice(0, -1),
    ...all('refused', {
      'a TIFF of no rows': crafted([257, 0]),
      'a TIFF with too short a strip': crafted([279, 35]),
      'a TIFF with a strip outside': crafted([273, 400]),
      'a TIFF with too few strips': crafted([278, 1]),
    }),
  ]
}

async function others(): Promise<CorpusImage[]> {
  const webp = await encoded(photograph().webp())
  const [lossless, alpha] = [await encoded(photograph().webp({ lossless: true })), await encoded(photograph(4).webp())]
  const bmp24 = bmp(
    3,
    2,
    24,
    new Uint8Array(24).map((_, i) => i * 9),
  )
  const palette = new Uint8Array(1024).map((_, i) => i)
  const text = (content: string) => bytes(content)
  return [
    ...all('needs sharp or a page', {
      'a WebP': webp,
      'a lossless WebP': lossless,
      'a WebP with alpha': alpha,
      'a lossless WebP with alpha': await encoded(photograph(4).webp({ lossless: true, exact: true })),
      'a WebP with EXIF data': extendedWebp(lossless, WIDTH, HEIGHT, exif(6)),
    }),
    ...withTails('a WebP', webp, 'needs sharp or a page'),
    ...truncated('a WebP', webp),
    ...all('read', {
      'a BMP of 24 bits': bmp24,
      'a BMP of 24 bits from the top': bmp(
        3,
        -2,
        24,
        new Uint8Array(24).map((_, i) => i * 9),
      ),
      'a BMP of 8 bits': bmp(4, 2, 8, bytes(1, 2, 3, 4, 5, 6, 7, 8), { palette }),
      'a BMP by jimp': new Uint8Array(
        await new Jimp({ width: 5, height: 3, color: 0x123456ff }).getBuffer('image/bmp'),
      ),
    }),
    ...withTails('a BMP', bmp24),
    ...truncated('a BMP', bmp24).slice(0, -2),
    ...all('refused', {
      'a BMP by run lengths': bmp(4, 2, 8, bytes(4, 1, 0, 0, 4, 1, 0, 1), { palette, compression: 1 }),
      'a BMP of no columns': bmp(0, 2, 24, new Uint8Array(8)),
      'nothing at all': bytes(),
      'one byte': bytes(0xff),
      zeros: new Uint8Array(1000),
      'text with the name of an image': text('This is certainly not an image, whatever its name says.\n'),
      'a page': text('<!doctype html><title>404 Not Found</title>'),
      'an SVG': text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'),
      'a PDF': text('%PDF-1.4\n%%EOF\n'),
      'a zip file': text('PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'),
    }),
  ]
}

/** Images of every kind and every damage that telephones, cameras, programs and disks are known for. */
export const corpus = async (): Promise<CorpusImage[]> =>
  (await Promise.all([jpegs(), pngs(), gifs(), tiffs(), others()])).flat()
