import { crc32 } from '../../../io/zip/crc32.js'
import { ascii, cutOff, joined, viewOf } from './bytes.js'
import { exifOrientation, type Orientation } from './exif.js'
import type { ImageFile } from './ImageFile.js'

const SIGNATURE = 8
/** The bits per sample that a colour type may have: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
const depths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}

/**
 * Validates the chunks of a PNG up to IEND. Decoders get only the critical ones; transparency is dropped with the
 * others.
 */
export function readPng(bytes: Uint8Array): ImageFile {
  const parts: Uint8Array[] = [bytes.subarray(0, SIGNATURE)]
  const names: string[] = []
  let header: Header | undefined
  let orientation: Orientation | undefined
  for (const { name, content, whole } of chunks(bytes)) {
    if (!header && name !== 'IHDR') throw new Error(`it begins with the chunk ${name} instead of IHDR`)
    if (name === 'IHDR') header = readHeader(content, header)
    if (name === 'PLTE') checkPalette(content, names)
    if (name === 'eXIf') orientation ??= exifOrientation(content)
    const isCritical = name.charCodeAt(0) < 0x60
    if (isCritical && !['IHDR', 'PLTE', 'IDAT', 'IEND'].includes(name))
      throw new Error(`it needs the chunk ${name} to be understood`)
    if (isCritical) {
      if (crc32(whole.subarray(4, -4)) !== viewOf(whole).getUint32(whole.length - 4))
        throw new Error(`the checksum of its chunk ${name} is wrong`)
      parts.push(whole)
      names.push(name)
    }
  }
  if (!names.includes('IDAT')) throw new Error('it has no pixels')
  if (header?.colour === 3 && !names.includes('PLTE')) throw new Error('it has no palette')
  return { ...described(header!), orientation: orientation ?? 1, bytes: joined(parts) }
}

export function* chunks(bytes: Uint8Array) {
  const view = viewOf(bytes)
  for (let at = SIGNATURE; ; ) {
    if (at + 12 > bytes.length) throw cutOff('its IEND chunk does')
    const end = at + 12 + view.getUint32(at)
    if (end > bytes.length) throw cutOff('a chunk does')
    const name = ascii(bytes, at + 4, 4)
    yield { name, content: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) }
    if (name === 'IEND') return
    at = end
  }
}

type Header = ReturnType<typeof readHeader>

function readHeader(content: Uint8Array, before: { readonly width: number; readonly height: number } | undefined) {
  if (content.length !== 13) throw new Error(`its header has ${content.length} bytes instead of 13`)
  const view = viewOf(content)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, colour, compression, filter, interlace] = content.subarray(8) as unknown as number[]
  if (before) throw new Error(`it has two headers, ${before.width} x ${before.height} and ${width} x ${height} pixels`)
  if (width === 0 || height === 0) throw new Error(`its header says ${width} x ${height} pixels`)
  if (!depths[colour!]?.includes(depth!)) throw new Error(`its header says colour type ${colour} of ${depth} bits`)
  if (compression !== 0 || filter !== 0 || interlace! > 1)
    throw new Error(`its header says compression ${compression}, filter ${filter}, interlace ${interlace}`)
  return { width, height, depth: depth!, colour: colour!, isInterlaced: interlace === 1 }
}

function checkPalette(content: Uint8Array, before: readonly string[]): void {
  const colours = content.length / 3
  if (!Number.isInteger(colours) || colours < 1 || colours > 256)
    throw new Error(`its palette has ${content.length} bytes`)
  if (before.includes('PLTE') || before.includes('IDAT')) throw new Error('it has a palette too late or twice')
}

function described({ width, height, depth, colour, isInterlaced }: Header) {
  const samples = depth < 16 ? undefined : colour === 0 ? ('grey-16' as const) : ('colour-16' as const)
  return { format: 'png' as const, width, height, samples, isInterlaced }
}
