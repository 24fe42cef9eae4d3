import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

/** Makes an image grey in all three channels. torchvision: `v2.Grayscale(num_output_channels=3)`. */
export function grayscale(): Transform<RgbImage, RgbImage> {
  return builtIn({ name: 'grayscale', options: {}, apply: grayOf })
}

export function grayOf(image: RgbImage): RgbImage {
  const { data } = contiguousImage(image)
  for (let i = 0; i < data.length; i += 3) data.fill(luma(data[i]!, data[i + 1]!, data[i + 2]!), i, i + 3)
  return rgbImage(data, heightOf(image), widthOf(image))
}

/** Computes ITU-R 601-2 luma in fixed point, Pillow's L24: (299 R + 587 G + 114 B) / 1000. */
export const luma = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
