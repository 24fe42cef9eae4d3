import type { Orientation } from '../../../transforms/exifTranspose.js'
import { readDirectory, TAG } from './tiffDirectory.js'

export type { Orientation }

/** Returns the orientation in EXIF data: a TIFF directory without pixels. 1 if they are damaged or state none. */
export function exifOrientation(exif: Uint8Array): Orientation {
  try {
    return asOrientation(readDirectory(exif).get(TAG.orientation)?.[0])
  } catch {
    return 1
  }
}

/** Converts a number to an orientation; any other number means none, as in Pillow, sharp and browsers. */
export const asOrientation = (value: number | undefined): Orientation =>
  Number.isInteger(value) && value! >= 1 && value! <= 8 ? (value as Orientation) : 1

/** Tells whether the orientation swaps width and height. */
export const swapsSides = (orientation: Orientation): boolean => orientation >= 5
