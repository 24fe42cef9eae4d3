import ndarray, { type NdArray } from 'ndarray'
import { checkArgument, isObject, isPlain, isWhole, type Kind, kinds } from '../arguments.js'

/**
 * An image: RGB bytes, shape [height, width, 3]. It may be a view (a crop or a mirrored image shares the bytes of
 * the image it was taken from), so read it by `get(y, x, channel)` or through `stride` and `offset`, and never write
 * to an image that was passed to you: it may be in a cache. `contiguousImage` makes a row-major copy if that is easier.
 */
export type RgbImage = NdArray<Uint8Array>

/** Makes an image of row-major RGB bytes (which are not copied). */
export function rgbImage(data: Uint8Array, height: number, width: number): RgbImage {
  checkArgument('rgbImage: height', height, kinds.count)
  checkArgument('rgbImage: width', width, kinds.count)
  checkArgument('rgbImage: data', data, bytesOf(height * width * 3))
  return asImage(data, height, width)
}

/** Makes an image of a decoder's result, as `image` does, but its length is checked later. */
export const asImage = (data: Uint8Array, height: number, width: number): RgbImage => ndarray(data, [height, width, 3])

const bytesOf = (length: number): Kind => ({
  expected: `a Uint8Array of ${length} bytes, three for each pixel`,
  is: (value) => value instanceof Uint8Array && value.length === length,
})

/** Tells whether a value is [height, width, 3] of bytes. */
export const isImage = (value: unknown): value is RgbImage =>
  isObject(value) &&
  (value.data instanceof Uint8Array || value.data instanceof Uint8ClampedArray) &&
  [value.shape, value.stride].every(
    (list) => Array.isArray(list) && list.length === 3 && list.every(Number.isInteger),
  ) &&
  (value.shape as number[])[2] === 3 &&
  Number.isInteger(value.offset)

export const imageKind: Kind = { expected: 'an image: bytes of shape [height, width, 3]', is: isImage }

export const heightOf = (image: RgbImage): number => image.shape[0]!
export const widthOf = (image: RgbImage): number => image.shape[1]!

/** A rectangle of whole pixels. */
export interface Box {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** Returns the part of an image inside `box`: a view, nothing is copied. */
export function cropImage(image: RgbImage, box: Box): RgbImage {
  checkArgument('cropImage: image', image, imageKind)
  checkArgument('cropImage: box', box, boxIn(image))
  return image.lo(box.top, box.left, 0).hi(box.height, box.width, 3)
}

const boxIn = (image: RgbImage): Kind => ({
  expected: `{ top, left, height, width } in whole pixels inside ${heightOf(image)} x ${widthOf(image)}`,
  is: (value) =>
    isPlain(value) &&
    Object.keys(value).every((name) => ['top', 'left', 'height', 'width'].includes(name)) &&
    isInside(value.top, value.height, heightOf(image)) &&
    isInside(value.left, value.width, widthOf(image)),
})
const isInside = (begin: unknown, length: unknown, most: number): boolean =>
  isWhole(begin) && isWhole(length) && begin + length <= most

/** Returns the same image as a contiguous row-major copy. */
export function contiguousImage(image: RgbImage): RgbImage {
  checkArgument('contiguousImage: image', image, imageKind)
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
  return rgbImage(copy, height, width)
}
