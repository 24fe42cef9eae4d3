import * as z from 'zod'
import { checkOptions } from '../options.js'
import { type Size, size as sizeSchema } from './options.js'
import { resample } from './resample.js'
import { type Box, cropImage, heightOf, type RgbImage, widthOf } from './rgbImage.js'
import { builtIn, type ShrinkableTransform, type Transform } from './transform.js'

const schema = z.strictObject({ size: sizeSchema })

/**
 * Resizes an image, bilinear with antialiasing. torchvision: `v2.Resize(size)`.
 * @param size a number: the length of the shorter edge, the aspect is kept; [height, width]: exactly that
 * @throws FineTuneError 'options/invalid'
 */
export function resize(size: Size): Transform<RgbImage, RgbImage> {
  const options = checkOptions(schema, { size }, 'resize')
  const sizeFor = (image: RgbImage) => resizedTo(heightOf(image), widthOf(image), options.size)
  return builtIn<ShrinkableTransform>({
    name: 'resize',
    options,
    apply: (image) => resizeImage(image, ...sizeFor(image)),
    applyFor(image, keeps) {
      const [height, width] = sizeFor(image)
      const part = keeps(height, width)
      return heightOf(image) === height && widthOf(image) === width
        ? cropImage(image, part)
        : resample(image, height, width, part)
    },
  })
}

/** The most pixels: a larger image would take gigabytes. */
const MOST_PIXELS = 2 ** 28

/** Resizes an image to height x width; an image of that size already is returned itself. */
export function resizeImage(image: RgbImage, height: number, width: number): RgbImage {
  if (heightOf(image) === height && widthOf(image) === width) return image
  if (height * width > MOST_PIXELS)
    throw new Error(
      `An image of ${widthOf(image)} x ${heightOf(image)} pixels would become one of ${width} x ${height}. ` +
        'Put centerCrop directly behind resize, or give resize both sides',
    )
  return resample(image, height, width)
}

/** Resizes the part inside `box`: the pixels outside are neither copied nor read. */
export const resizedCrop = (image: RgbImage, box: Box, height: number, width: number): RgbImage =>
  resizeImage(cropImage(image, box), height, width)

/** Computes torchvision's `_compute_resized_output_size`: the long edge is truncated to a whole pixel. */
function resizedTo(height: number, width: number, size: Size): readonly [height: number, width: number] {
  if (typeof size !== 'number') return size
  const [short, long] = width <= height ? [width, height] : [height, width]
  const newLong = Math.trunc((size * long) / short)
  return width <= height ? [newLong, size] : [size, newLong]
}
