import { type Picture, packed } from '../../transforms/picture.js'
import type { Orientation } from './formats/exif.js'

/**
 * Applies an orientation to stored pixels. Pillow: `ImageOps.exif_transpose`. Orientation 1 returns the same object.
 */
export function orient(stored: Picture, orientation: Orientation): Picture {
  const turn = turns[orientation]
  return turn ? packed(turn(stored)) : stored
}

const mirrored = (image: Picture) => image.step(1, -1, 1)
const upsideDown = (image: Picture) => image.step(-1, 1, 1)
const transposed = (image: Picture) => image.transpose(1, 0, 2)

/** Views by orientation, which `packed` then makes contiguous: an orientation is a choice of axes and directions. */
const turns: Readonly<Record<Orientation, ((image: Picture) => Picture) | undefined>> = {
  1: undefined,
  2: mirrored,
  3: (image) => mirrored(upsideDown(image)),
  4: upsideDown,
  5: transposed,
  6: (image) => mirrored(transposed(image)),
  7: (image) => mirrored(upsideDown(transposed(image))),
  8: (image) => upsideDown(transposed(image)),
}
