import type { Tensor } from '../onnx/graph/tensor.js'
import { heightOf, type RgbImage, widthOf } from './rgbImage.js'
import { type AnyTransform, builtIn, isBuiltIn, type Transform } from './transform.js'

/** Converts bytes [height, width, 3] to float32 [3, height, width] in 0..1. torchvision: `transforms.ToTensor()`. */
export function toTensor(): Transform<RgbImage, Tensor<'float32'>> {
  const unit = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)
  return planeWriter('toTensor', {}, [unit, unit, unit])
}

/**
 * A transform of an image to float32 planes, which it can also write directly into a longer array, such as a batch's.
 */
export interface PlaneWriter extends Transform<RgbImage, Tensor<'float32'>> {
  write(image: RgbImage, planes: Float32Array, at: number): void
}

export const isPlaneWriter = (transform: AnyTransform | undefined): transform is PlaneWriter & AnyTransform =>
  transform !== undefined && isBuiltIn(transform) && 'write' in transform

/** Makes a writer of planes: byte b of channel c becomes `values[c][b]`. */
export function planeWriter(name: string, options: PlaneWriter['options'] & object, values: Channels): PlaneWriter {
  const write = (image: RgbImage, planes: Float32Array, at: number) => writePlanes(image, values, planes, at)
  return builtIn({
    name,
    options,
    write,
    apply(image) {
      const dims = [3, heightOf(image), widthOf(image)]
      const data = new Float32Array(3 * dims[1]! * dims[2]!)
      write(image, data, 0)
      return { type: 'float32', dims, data }
    },
  })
}

type Channels = readonly [red: Float32Array, green: Float32Array, blue: Float32Array]

function writePlanes(image: RgbImage, [red, green, blue]: Channels, planes: Float32Array, at: number): void {
  const [height, width] = [heightOf(image), widthOf(image)]
  const [row, column, channel] = image.stride as [number, number, number]
  const pixels = height * width
  const bytes = image.data
  let to = at
  for (let y = 0; y < height; y++) {
    let from = image.offset + y * row
    for (let x = 0; x < width; x++, to++, from += column) {
      planes[to] = red[bytes[from]!]!
      planes[to + pixels] = green[bytes[from + channel]!]!
      planes[to + 2 * pixels] = blue[bytes[from + 2 * channel]!]!
    }
  }
}
