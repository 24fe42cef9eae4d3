import type { Tensor } from '../onnx/graph/tensor.js'
import { heightOf, type RgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

/** Bytes [height, width, 3] to uint8 [3, height, width]: `toTensor`, where a graph does the arithmetic. */
export function toPlanes(): Transform<RgbImage, Tensor<'uint8'>> {
  return builtIn({ name: 'toPlanes', options: {}, apply: planesOf })
}

function planesOf(image: RgbImage): Tensor<'uint8'> {
  const [height, width] = [heightOf(image), widthOf(image)]
  const [row, column, channel] = image.stride as [number, number, number]
  const pixels = height * width
  const data = new Uint8Array(3 * pixels)
  const bytes = image.data
  let to = 0
  for (let y = 0; y < height; y++) {
    let from = image.offset + y * row
    for (let x = 0; x < width; x++, to++, from += column) {
      data[to] = bytes[from]!
      data[to + pixels] = bytes[from + channel]!
      data[to + 2 * pixels] = bytes[from + 2 * channel]!
    }
  }
  return { type: 'uint8', dims: [3, height, width], data }
}
