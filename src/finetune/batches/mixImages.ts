import { float32, sizeOf, type Tensor } from '../../onnx/graph/tensor.js'

/** A mixture of each image of a batch with the one before it, the first with the last: torchvision's pairs. */
export interface Mixture {
  /** The share of the image itself. */
  readonly share: number
  /** The pixels that are taken from the other image whole: [x1, x2) and [y1, y2). Undefined: all pixels are blended. */
  readonly box?: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }
}

/** Returns the mixture of cutmix whose box, of about 1 - share of the image, is centred at a pixel. */
export function cutMixture(
  share: number,
  { x, y, width, height }: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>,
): Mixture {
  const r = 0.5 * Math.sqrt(1 - share)
  const [halfWidth, halfHeight] = [Math.trunc(r * width), Math.trunc(r * height)]
  const [x1, y1] = [Math.max(x - halfWidth, 0), Math.max(y - halfHeight, 0)]
  const [x2, y2] = [Math.min(x + halfWidth, width), Math.min(y + halfHeight, height)]
  return { share: 1 - ((x2 - x1) * (y2 - y1)) / (width * height), box: { x1, y1, x2, y2 } }
}

/** Mixes images [N, ...], or with a box [N, channels, height, width], in place. */
export function mixImages({ dims, data }: Tensor, { share, box }: Mixture): void {
  const [count = 0, ...image] = dims
  const values = data as Float32Array
  const size = sizeOf(image)
  // The other image of the first one is changed before the first is.
  const last = values.slice((count - 1) * size)
  const [, height = 1, width = 1] = image
  const mix = box ? paste(width, height, box) : blend(share)
  for (let i = count - 1; i >= 0; i--) {
    const own = values.subarray(i * size, (i + 1) * size)
    mix(own, i > 0 ? values.subarray((i - 1) * size, i * size) : last)
  }
}

type MixPair = (own: Float32Array, other: Float32Array) => void

const blend =
  (share: number): MixPair =>
  (own, other) => {
    for (let i = 0; i < own.length; i++) own[i] = own[i]! * share + other[i]! * (1 - share)
  }

const paste =
  (width: number, height: number, { x1, y1, x2, y2 }: NonNullable<Mixture['box']>): MixPair =>
  (own, other) => {
    for (let plane = 0; plane < own.length; plane += width * height)
      for (let y = y1; y < y2; y++) {
        const row = plane + y * width
        own.set(other.subarray(row + x1, row + x2), row + x1)
      }
  }

/** Returns the targets [N, outputs] of a mixed batch, from those of its images. */
export function mixTargets({ data, dims }: Tensor<'float32'>, { share }: Mixture): Tensor<'float32'> {
  const size = data.length / (dims[0] || 1)
  const other = (i: number) => data.at(i - size)!
  return float32(
    data.map((target, i) => target * share + other(i) * (1 - share)),
    dims,
  )
}

/** Returns the targets [N, classes] of a mixed batch, and the class that has the larger share of each. */
export function mixLabels({ data, dims }: Tensor<'int64'>, classes: number, { share }: Mixture) {
  const targets = new Float32Array(data.length * classes)
  const larger = data.map((label, i) => {
    const other = data.at(i - 1)!
    targets[i * classes + Number(label)]! += share
    targets[i * classes + Number(other)]! += 1 - share
    return share >= 0.5 ? label : other
  })
  return {
    targets: float32(targets, [data.length, classes]),
    labels: { type: 'int64', dims, data: larger } satisfies Tensor<'int64'>,
  }
}
