import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { baseError } from '../errors.js'
import { checkOptions } from '../options.js'
import { centralBox } from './centerCrop.js'
import { type Size, sides, size as sizeSchema } from './options.js'
import { cropImage, heightOf, imageKind, type RgbImage, widthOf } from './rgbImage.js'

const schema = z.strictObject({ size: sizeSchema })
const flips = z.strictObject({ verticalFlip: z.boolean().default(false) })

/**
 * Crops the four corners and the middle of an image: five views, without a copy of its pixels. torchvision:
 * `v2.FiveCrop(size)`.
 * @param size side or [height, width] in pixels, at most those of the image
 * @returns top left, top right, bottom left, bottom right, middle
 * @throws FineTuneError 'options/invalid'
 */
export function fiveCrop(image: RgbImage, size: Size): RgbImage[] {
  return cropsOf(image, size, 'fiveCrop')
}

/**
 * Crops the four corners and the middle of an image and of its mirror image: ten views. torchvision:
 * `v2.TenCrop(size, vertical_flip)`.
 * @param size side or [height, width] in pixels, at most those of the image
 * @param options.verticalFlip true if the mirror image is upside down, not left to right. Default false
 * @returns the five of `fiveCrop`, then those of the mirror image
 * @throws FineTuneError 'options/invalid'
 */
export function tenCrop(image: RgbImage, size: Size, options: { verticalFlip?: boolean | undefined } = {}): RgbImage[] {
  const { verticalFlip } = checkOptions(flips, options, 'tenCrop')
  const crops = cropsOf(image, size, 'tenCrop')
  const mirrored = verticalFlip ? image.step(-1, 1, 1) : image.step(1, -1, 1)
  return [...crops, ...cropsOf(mirrored, size, 'tenCrop')]
}

function cropsOf(image: RgbImage, size: Size, of: string): RgbImage[] {
  checkArgument(`${of}: image`, image, imageKind)
  const [height, width] = sides(checkOptions(schema, { size }, of).size)
  const [bottom, right] = [heightOf(image) - height, widthOf(image) - width]
  if (bottom < 0 || right < 0) {
    const expected = `at most the image's ${heightOf(image)} x ${widthOf(image)} pixels`
    throw baseError('options/invalid', { option: `${of}: size`, received: size, expected })
  }
  const corners = [0, bottom].flatMap((top) => [0, right].map((left) => ({ top, left, height, width })))
  const middle = centralBox(heightOf(image), widthOf(image), height, width)
  return [...corners, middle].map((box) => cropImage(image, box))
}
