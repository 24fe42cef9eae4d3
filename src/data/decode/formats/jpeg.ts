import { cutOff, joined, startsWith, viewOf } from './bytes.js'
import { exifOrientation, type Orientation } from './exif.js'
import type { ImageFile } from './ImageFile.js'
import { isStage, readTables, tablesOf } from './jpegTables.js'

/**
 * A segment of a JPEG: its marker (second byte), the offset of its content, and its end; for a scan, after its coded
 * data.
 */
interface Segment {
  readonly marker: number
  readonly start: number
  readonly from: number
  readonly to: number
  readonly end: number
}

const [DHT, SOI, EOI, SOS, DQT, DRI, APP0, APP1, APP14, COM] = [
  0xc4, 0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xe0, 0xe1, 0xee, 0xfe,
]
/** Baseline, extended and progressive, each with Huffman codes: the processes that libjpeg and jimp both decode. */
const PROGRESSIVE = 0xc2
const FRAMES = [0xc0, 0xc1, PROGRESSIVE]
/**
 * The most scans. A progressive image of three components needs about ten; each is a pass over all pixels. As in
 * libvips.
 */
const MOST_SCANS = 100

/** Validates a JPEG from its first marker to its last. */
export function readJpeg(bytes: Uint8Array): ImageFile {
  const parts: Uint8Array[] = [bytes.subarray(0, 2)]
  let frame: Frame | undefined
  let orientation: Orientation | undefined
  let scans = 0
  let length = 0
  const huffman = new Set<number>()
  const seen: Colours = { hasJfif: false, adobe: undefined }
  for (const { marker, start, from, to, end } of segments(bytes)) {
    const content = bytes.subarray(from, to)
    length = end
    if (FRAMES.includes(marker)) frame = readFrame(marker, content, frame)
    else if (marker === DHT) for (const table of readTables(marker, content)) huffman.add(table)
    else if (marker === DQT || marker === DRI) readTables(marker, content)
    else if (marker === SOS) checkScan(content, frame, huffman, ++scans)
    else if (marker === APP0 && startsWith(content, 'JFIF\0')) seen.hasJfif = true
    else if (marker === APP14 && startsWith(content, 'Adobe') && content.length >= 12) seen.adobe = content[11]!
    else if (marker === APP1 && startsWith(content, 'Exif\0\0')) orientation ??= exifOrientation(content.subarray(6))
    else if (marker !== EOI && marker !== COM && (marker & 0xf0) !== APP0)
      throw new Error(`it has a segment FF${marker.toString(16).toUpperCase()}, which is not decoded`)
    const isForDecoders = (marker & 0xf0) !== APP0 || marker === APP0 || marker === APP14
    if (isForDecoders && marker !== COM) parts.push(bytes.subarray(start, end))
  }
  if (!frame || scans === 0) throw new Error(`it has no ${frame ? 'scan' : 'frame header'}`)
  return {
    ...described(frame, seen),
    orientation: orientation ?? 1,
    bytes: bytes.subarray(0, length),
    pixelsAlone: () => joined(parts),
  }
}

/** Yields the segments up to the end of the image. Data after it (a phone's second image) is ignored. */
function* segments(bytes: Uint8Array): Generator<Segment> {
  const view = viewOf(bytes)
  for (let at = 2; ; ) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++
    if (at + 2 > bytes.length) throw cutOff('its end marker')
    const marker = bytes[at + 1]!
    if (bytes[at] !== 0xff || marker < 0xc0) throw new Error(`byte ${at} should begin a marker`)
    if (marker === SOI) throw new Error('a second image begins inside it')
    if (marker === EOI) return yield { marker, start: at, from: at + 2, to: at + 2, end: at + 2 }
    const to = at + 4 > bytes.length ? Number.POSITIVE_INFINITY : at + 2 + view.getUint16(at + 2)
    if (to > bytes.length) throw cutOff('a segment does')
    if (to < at + 4) throw new Error(`the segment at byte ${at} is shorter than its own header`)
    const end = marker === SOS ? endOfScan(bytes, to) : to
    yield { marker, start: at, from: at + 4, to, end }
    at = end
  }
}

/** Returns the end of the coded data, which hold FF only before 00 and in restart markers. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 2) {
    at = bytes.indexOf(0xff, at)
    if (at < 0 || at + 1 >= bytes.length) throw cutOff('its end marker')
    const next = bytes[at + 1]!
    if (next !== 0 && (next & 0xf8) !== 0xd0) return at
  }
}

interface Frame {
  readonly isProgressive: boolean
  readonly width: number
  readonly height: number
  readonly ids: readonly number[]
}

function readFrame(marker: number, content: Uint8Array, before: Frame | undefined): Frame {
  const view = viewOf(content)
  const count = content.length >= 6 ? view.getUint8(5) : 0
  if (content.length !== 6 + 3 * count) throw new Error('its frame header has the wrong length')
  const [depth, height, width] = [view.getUint8(0), view.getUint16(1), view.getUint16(3)]
  if (before)
    throw new Error(`it has two frame headers, ${before.width} x ${before.height} and ${width} x ${height} pixels`)
  if (depth !== 8) throw new Error(`its samples have ${depth} bits, decoded are 8`)
  if (![1, 3, 4].includes(count)) throw new Error(`it has ${count} colour components, decoded are 1, 3 and 4`)
  if (width === 0 || height === 0) throw new Error(`its frame header says ${width} x ${height} pixels`)
  const components = Array.from({ length: count }, (_, i) => content.subarray(6 + 3 * i, 9 + 3 * i))
  const ids = components.map(([id]) => id!)
  if (new Set(ids).size < count) throw new Error('two of its colour components have one name')
  for (const shift of [4, 0]) {
    const factors = components.map(([, factor]) => (factor! >> shift) & 15)
    const most = Math.max(...factors)
    if (most > 4 || factors.some((factor) => factor === 0 || most % factor !== 0))
      throw new Error(`its components are sampled ${factors.join(':')}, which is not decoded`)
  }
  return { isProgressive: marker === PROGRESSIVE, width, height, ids }
}

function checkScan(content: Uint8Array, frame: Frame | undefined, huffman: ReadonlySet<number>, number: number): void {
  if (!frame) throw new Error('it has a scan before its frame header')
  if (number > MOST_SCANS) throw new Error(`it has more than ${MOST_SCANS} scans`)
  const count = content[0] ?? 0
  const ids = Array.from({ length: count }, (_, i) => content[1 + 2 * i])
  const fits = count > 0 && content.length === 4 + 2 * count && ids.every((id) => frame.ids.includes(id!))
  if (!fits || (frame.isProgressive && !isStage(content)))
    throw new Error(`the header of its scan ${number} does not fit its frame header`)
  // libjpeg would use tables of its own for missing ones.
  if (!tablesOf(content, frame.isProgressive).every((table) => huffman.has(table)))
    throw new Error(`its scan ${number} has no Huffman tables`)
}

interface Colours {
  hasJfif: boolean
  /** The colour transform of Adobe's segment: 0 is none. */
  adobe: number | undefined
}

/**
 * Returns the colours by libjpeg's rules: JFIF means YCbCr, Adobe's segment states it, else the components' names do.
 */
function described({ width, height, ids }: Frame, { hasJfif, adobe }: Colours) {
  const named = String.fromCharCode(...ids) !== 'RGB'
  const isYCbCr = ids.length === 3 ? hasJfif || (adobe === undefined ? named : adobe !== 0) : undefined
  return {
    format: 'jpeg' as const,
    ...{ width, height, isYCbCr },
    samples: ids.length === 4 ? ('cmyk' as const) : undefined,
    onlySharp: ids.length === 4 && adobe === undefined ? "a JPEG of four inks without Adobe's segment" : undefined,
  }
}
