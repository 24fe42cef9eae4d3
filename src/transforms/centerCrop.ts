import * as z from 'zod'
import { checkOptions } from '../options.js'
import { type Size, sides, size as sizeSchema } from './options.js'
import { type Box, contiguousImage, cropImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { roundHalfEven } from './round.js'
import { builtIn, type KeepingTransform, type Keeps, type Transform } from './transform.js'

const schema = z.strictObject({ size: sizeSchema })

/**
 * Crops the middle of an image; if the image is smaller, black is added around it. torchvision:
 * `v2.CenterCrop(size)`.
 * @param size side or [height, width] in pixels
 * @throws FineTuneError 'options/invalid'
 */
export function centerCrop(size: Size): Transform<RgbImage, RgbImage> {
  const options = checkOptions(schema, { size }, 'centerCrop')
  const [height, width] = sides(options.size)
  const keeps: Keeps = (from, across) => centralBox(from, across, Math.min(height, from), Math.min(width, across))
  return builtIn<KeepingTransform>({
    name: 'centerCrop',
    options,
    keeps,
    apply: (image) => padded(cropImage(image, keeps(heightOf(image), widthOf(image))), height, width),
  })
}

/** Returns the box of height x width pixels in the middle of an image that is not smaller. */
export function centralBox(from: number, across: number, height: number, width: number): Box {
  // Python rounds halves to even, so an odd rest of 3 puts 2 above and one of 1 puts 0.
  return { top: roundHalfEven((from - height) / 2), left: roundHalfEven((across - width) / 2), height, width }
}

/** Adds black around an image; the odd pixel goes below and to the right. */
function padded(image: RgbImage, height: number, width: number): RgbImage {
  const [innerHeight, innerWidth] = [heightOf(image), widthOf(image)]
  if (height === innerHeight && width === innerWidth) return image
  const top = Math.floor((height - innerHeight) / 2)
  const left = Math.floor((width - innerWidth) / 2)
  const inner = contiguousImage(image).data
  const result = new Uint8Array(height * width * 3)
  for (let y = 0; y < innerHeight; y++) {
    const row = inner.subarray(y * innerWidth * 3, (y + 1) * innerWidth * 3)
    result.set(row, ((top + y) * width + left) * 3)
  }
  return rgbImage(result, height, width)
}
