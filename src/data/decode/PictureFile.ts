import type { Orientation } from './exif.js'

/**
 * A picture file that was looked through from end to end before any decoder sees it. Whatever a file may say twice (its
 * size, its frame header, its next directory) was compared, and the decoders are given `bytes`, which say it once.
 */
export interface PictureFile {
  readonly format: 'bmp' | 'gif' | 'jpeg' | 'png' | 'tiff' | 'webp'
  /** As the pixels are stored, before the orientation is applied. */
  readonly width: number
  readonly height: number
  readonly orientation: Orientation
  /** What the decoders get: the picture alone, without EXIF data, colour profiles, further pictures and what stands behind the end. */
  readonly bytes: Uint8Array
  /** What the samples are, where it is not eight bits of grey, a palette or RGB. */
  readonly samples?: 'cmyk' | 'grey-16' | 'colour-16' | undefined
  /** JPEG: whether three components are YCbCr rather than RGB, as libjpeg decides it. PNG: whether the rows come in seven passes. */
  readonly isYCbCr?: boolean | undefined
  readonly isInterlaced?: boolean | undefined
  /** What only sharp decodes: jimp cannot at all, or not to the same pixels. */
  readonly onlySharp?: string | undefined
}

/** Bytes as numbers. Reading outside is an error that says so, which is what a file that is cut off comes to. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export const cutOff = (before: string): Error => new Error(`the file ends before ${before}`)

export const ascii = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length))

/** The pieces, one after another. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
