import { contiguousImage, type RgbImage } from '../../transforms/rgbImage.js'
import type { Orientation } from './formats/exif.js'

/**
 * Applies an orientation to stored pixels. Pillow: `ImageOps.exif_transpose`. Orientation 1 returns the same object.
 */
export function orient(stored: RgbImage, orientation: Orientation): RgbImage {
  const turn = turns[orientation]
  return turn ? contiguousImage(turn(stored)) : stored
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
