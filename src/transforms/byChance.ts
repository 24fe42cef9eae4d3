import type { Random } from '../random.js'
import type { RgbImage } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

/** Makes a transform that changes an image with probability p, and otherwise returns the image itself. */
export const byChance = <Options extends { readonly p: number }>(
  name: string,
  options: Options,
  change: (image: RgbImage, random: Random) => RgbImage,
): Transform<RgbImage, RgbImage> =>
  builtIn({
    name,
    options,
    apply: (image, random) => (random.next() < options.p ? change(image, random) : image),
  })
