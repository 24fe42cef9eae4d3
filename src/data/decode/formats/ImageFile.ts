import type { Orientation } from './exif.js'

/**
 * An image file that was validated from end to end before a decoder sees it. Values that a file may state twice (its
 * size, its frame header, its next directory) were compared, and the decoders are given `bytes`, which state them once.
 */
export interface ImageFile {
  readonly format: 'bmp' | 'gif' | 'jpeg' | 'png' | 'tiff' | 'webp'
  /** The size of the stored pixels, before the orientation is applied. */
  readonly width: number
  readonly height: number
  readonly orientation: Orientation
  /** The bytes for the decoders: the image alone, without further images and data after the end. */
  readonly bytes: Uint8Array
  /**
   * JPEG, and WebP of one image: the same without EXIF data, by which jimp and browsers would rotate it, and without
   * colour profile, alpha beside the image, and other parts that do not affect the pixels.
   */
  readonly pixelsAlone?: (() => Uint8Array) | undefined
  /** The form of the samples, unless it is eight bits of grey, a palette or RGB. */
  readonly samples?: 'cmyk' | 'grey-16' | 'colour-16' | undefined
  /** JPEG: true if three components are YCbCr rather than RGB, as libjpeg decides it. PNG: true if it is interlaced. */
  readonly isYCbCr?: boolean | undefined
  readonly isInterlaced?: boolean | undefined
  /**
   * Checks data that takes as much memory as the pixels do, once their number is known to be allowed. Throws the
   * problem.
   */
  readonly checkPixels?: (() => Promise<void>) | undefined
  /** The feature that only sharp decodes: jimp cannot decode it at all, or not to the same pixels. */
  readonly onlySharp?: string | undefined
}
