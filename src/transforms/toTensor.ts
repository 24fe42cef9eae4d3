import type { Tensor } from '../onnx/tensor.js'
import { heightOf, type Picture, widthOf } from './picture.js'
import { builtIn, type Transform } from './transform.js'

const unit = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)

/** Bytes [height, width, 3] to float32 [3, height, width] in 0..1. torchvision: `transforms.ToTensor()`. */
export function toTensor(): Transform<Picture, Tensor<'float32'>> {
  return builtIn({ name: 'toTensor', options: {}, apply: (image) => mapPixels(image, [unit, unit, unit]) })
}

/** A picture as float32 planes; byte b of channel c becomes `values[c][b]`. */
export function mapPixels(image: Picture, values: readonly Float32Array[]): Tensor<'float32'> {
  const [height, width] = [heightOf(image), widthOf(image)]
  const [row, column, channel] = image.stride as [number, number, number]
  const pixels = height * width
  const planes = new Float32Array(pixels * 3)
  const [red, green, blue] = values as [Float32Array, Float32Array, Float32Array]
  const bytes = image.data
  let to = 0
  for (let y = 0; y < height; y++) {
    let from = image.offset + y * row
    for (let x = 0; x < width; x++, to++, from += column) {
      planes[to] = red[bytes[from]!]!
      planes[to + pixels] = green[bytes[from + channel]!]!
      planes[to + 2 * pixels] = blue[bytes[from + 2 * channel]!]!
    }
  }
  return { type: 'float32', dims: [3, height, width], data: planes }
}
