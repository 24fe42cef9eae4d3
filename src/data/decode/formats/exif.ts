import { readDirectory, TAG } from './tiffDirectory.js'

/**
 * How the stored rows and columns lie in the picture, as EXIF counts it: 1 as they are, 2 mirrored left to right, 3 turned
 * by 180 degrees, 4 mirrored top to bottom, 5 mirrored about the diagonal, 6 to be turned 90 degrees clockwise, 7 mirrored
 * about the other diagonal, 8 to be turned 90 degrees counter-clockwise.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** The orientation that EXIF data give: a TIFF directory without pixels. 1 where they are damaged or do not say. */
export function exifOrientation(exif: Uint8Array): Orientation {
  try {
    return asOrientation(readDirectory(exif).get(TAG.orientation)?.[0])
  } catch {
    return 1
  }
}

/** Any other number is what Pillow, sharp and browsers take it for: no orientation. */
export const asOrientation = (value: number | undefined): Orientation =>
  Number.isInteger(value) && value! >= 1 && value! <= 8 ? (value as Orientation) : 1

/** Whether the picture as it is seen is as wide as it is stored high. */
export const swapsSides = (orientation: Orientation): boolean => orientation >= 5
