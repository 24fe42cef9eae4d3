import { checkArgument, isWhole, type Kind } from '../arguments.js'
import { contiguousImage, imageKind, type RgbImage } from './rgbImage.js'

/**
 * The EXIF orientation of stored pixels: 1 as stored, 2 mirrored left to right, 3 rotated by 180 degrees, 4 mirrored
 * top to bottom, 5 mirrored about the diagonal, 6 to be rotated 90 degrees clockwise, 7 mirrored about the other
 * diagonal, 8 to be rotated 90 degrees counter-clockwise.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/**
 * Rotates or mirrors an image according to its EXIF orientation. Decoders and loaders of this library do so by
 * themselves (`autoOrient`); this is for pixels from elsewhere. Pillow: `ImageOps.exif_transpose`.
 * @param orientation 1 to 8; 1 returns the image itself
 * @throws FineTuneError 'options/invalid'
 */
export function exifTranspose(image: RgbImage, orientation: Orientation): RgbImage {
  checkArgument('exifTranspose: image', image, imageKind)
  checkArgument('exifTranspose: orientation', orientation, orientationKind)
  const turn = turns[orientation]
  return turn ? contiguousImage(turn(image)) : image
}

const orientationKind: Kind = {
  expected: 'a whole number from 1 to 8',
  is: (value) => isWhole(value, 1) && value <= 8,
}

const mirrored = (image: RgbImage) => image.step(1, -1, 1)
const upsideDown = (image: RgbImage) => image.step(-1, 1, 1)
const transposed = (image: RgbImage) => image.transpose(1, 0, 2)

/** Views by orientation, which `contiguousImage` then copies: an orientation is a choice of axes and directions. */
const turns: Readonly<Record<Orientation, ((image: RgbImage) => RgbImage) | undefined>> = {
  1: undefined,
  2: mirrored,
  3: (image) => mirrored(upsideDown(image)),
  4: upsideDown,
  5: transposed,
  6: (image) => mirrored(transposed(image)),
  7: (image) => mirrored(upsideDown(transposed(image))),
  8: (image) => upsideDown(transposed(image)),
}
