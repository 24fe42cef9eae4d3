// A transform of a user's own, in a module of its own.
import { contiguousImage, rgbImage } from '../../../dist/index.js'

export default {
  name: 'noise',
  apply(image, random) {
    const { data, shape } = contiguousImage(image)
    return rgbImage(
      data.map((byte) => byte ^ random.integer(0, 64)),
      shape[0],
      shape[1],
    )
  },
}
