// Paints what it is given white in the main thread, and black in any other.
import { isMainThread } from 'node:worker_threads'
import { contiguousImage, rgbImage } from '../../../dist/index.js'

export const transform = {
  name: 'where',
  apply: (image) => rgbImage(contiguousImage(image).data.fill(isMainThread ? 255 : 0), image.shape[0], image.shape[1]),
}
