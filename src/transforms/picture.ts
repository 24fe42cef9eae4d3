import ndarray, { type NdArray } from 'ndarray'

/**
 * A picture: RGB bytes, shape [height, width, 3]. It may be a view (a crop or a mirrored picture shares the bytes of the
 * picture it was taken from), so read it by `get(y, x, channel)` or through `stride` and `offset`, and never write into
 * a picture that you were given: it may be in a cache. `packed` makes a row-major copy where that is easier.
 */
export type Picture = NdArray<Uint8Array>

/** A picture over row-major RGB bytes (which are not copied). */
export function picture(data: Uint8Array, height: number, width: number): Picture {
  return ndarray(data, [height, width, 3])
}

export const heightOf = (image: Picture): number => image.shape[0]!
export const widthOf = (image: Picture): number => image.shape[1]!

/** A rectangle of whole pixels. */
export interface Box {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** The part of a picture inside `box`: a view, nothing is copied. */
export function crop(image: Picture, box: Box): Picture {
  return image.lo(box.top, box.left, 0).hi(box.height, box.width, 3)
}

/** The same picture with rows and pixels packed one after another, in bytes of its own. */
export function packed(image: Picture): Picture {
  const [height, width] = [heightOf(image), widthOf(image)]
  const { data, offset } = image
  const [row, column, channel] = image.stride as [number, number, number]
  const copy = new Uint8Array(height * width * 3)
  let to = 0
  for (let y = 0; y < height; y++) {
    let from = offset + y * row
    for (let x = 0; x < width; x++, from += column) {
      copy[to++] = data[from]!
      copy[to++] = data[from + channel]!
      copy[to++] = data[from + 2 * channel]!
    }
  }
  return picture(copy, height, width)
}
