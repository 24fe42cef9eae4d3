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
  /** What the decoders get: the picture alone, without further pictures and what stands behind the end. */
  readonly bytes: Uint8Array
  /** JPEG: the same without EXIF data, by which jimp would turn it, and other segments that do not bear on the pixels. */
  readonly pixelsAlone?: (() => Uint8Array) | undefined
  /** What the samples are, where it is not eight bits of grey, a palette or RGB. */
  readonly samples?: 'cmyk' | 'grey-16' | 'colour-16' | undefined
  /** JPEG: whether three components are YCbCr rather than RGB, as libjpeg decides it. PNG: whether the rows come in seven passes. */
  readonly isYCbCr?: boolean | undefined
  readonly isInterlaced?: boolean | undefined
  /** Looks at what takes as much memory as the pixels do: for when their number is known to be allowed. Throws what is wrong. */
  readonly checkPixels?: (() => Promise<void>) | undefined
  /** What only sharp decodes: jimp cannot at all, or not to the same pixels. */
  readonly onlySharp?: string | undefined
}
