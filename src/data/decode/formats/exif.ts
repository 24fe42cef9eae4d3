import { readDirectory, TAG } from './tiffDirectory.js'

/**
 * The EXIF orientation of stored pixels: 1 as stored, 2 mirrored left to right, 3 rotated by 180 degrees, 4 mirrored
 * top to bottom, 5 mirrored about the diagonal, 6 to be rotated 90 degrees clockwise, 7 mirrored about the other
 * diagonal, 8 to be rotated 90 degrees counter-clockwise.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

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
