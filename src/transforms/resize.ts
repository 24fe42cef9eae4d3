import { z } from 'zod'
import { checkOptions } from '../options.js'
import { type Size, size as sizeSchema } from './options.js'
import { type Box, crop, heightOf, type Picture, widthOf } from './picture.js'
import { resample } from './resample.js'
import { builtIn, type Transform } from './transform.js'

const schema = z.strictObject({ size: sizeSchema })

/**
 * Resizes a picture, bilinear with antialiasing. torchvision: `v2.Resize(size)`.
 * @param size a number: the shorter edge gets this length and the picture keeps its aspect; [height, width]: exactly that
 * @throws FineTuneError 'options/invalid'
 */
export function resize(size: Size): Transform<Picture, Picture> {
  const options = checkOptions(schema, { size }, 'resize')
  return builtIn({
    name: 'resize',
    options,
    apply(image) {
      const [height, width] = resizedTo(heightOf(image), widthOf(image), options.size)
      return resizePicture(image, height, width)
    },
  })
}

/** A picture resized to height x width; a picture of that size already is returned as it is. */
export function resizePicture(image: Picture, height: number, width: number): Picture {
  return heightOf(image) === height && widthOf(image) === width ? image : resample(image, height, width)
}

/** The part inside `box`, resized: the pixels outside are neither copied nor seen. */
export const resizedCrop = (image: Picture, box: Box, height: number, width: number): Picture =>
  resizePicture(crop(image, box), height, width)

/** torchvision's `_compute_resized_output_size`: the long edge is truncated to a whole pixel. */
function resizedTo(height: number, width: number, size: Size): readonly [height: number, width: number] {
  if (typeof size !== 'number') return size
  const [short, long] = width <= height ? [width, height] : [height, width]
  const newLong = Math.trunc((size * long) / short)
  return width <= height ? [newLong, size] : [size, newLong]
}
