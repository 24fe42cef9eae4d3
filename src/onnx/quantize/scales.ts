import { float32, sizeOf, type Tensor } from '../graph/tensor.js'

/** The smallest and the largest value of a tensor. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** The relation of a tensor's real values to uint8: real = scale (quantized - zeroPoint). */
export interface Scale {
  readonly scale: number
  readonly zeroPoint: number
}

/** Weights as int8, with the scale of each output channel. */
export interface QuantizedWeights {
  readonly weights: Tensor<'int8'>
  readonly scales: Tensor<'float32'>
}

/** The smallest normal float32: a range below it is that of a tensor of zeros. */
const TINY = 2 ** -126
const MOST_INT32 = 2 ** 31 - 1
/** The room that a bias keeps below the largest int32, as ONNX Runtime's own tool has it. */
const ROOM = 1.0001

/** Returns the scale of values from `min` to `max` as uint8. 0 is among them, and exact: padding and ReLU make it. */
export function scaleOf({ min, max }: Range): Scale {
  const low = Math.min(min, 0)
  const scale = Math.fround(Math.max(max, 0) - low) / 255
  if (scale < TINY) return { scale: 1, zeroPoint: 0 }
  return { scale: Math.fround(scale), zeroPoint: roundToEven((0 - low) / scale) }
}

export interface WeightForm {
  /** The axis of the output channels. */
  readonly axis: number
  /** The largest magnitude of a quantized weight. */
  readonly levels: number
  /** The scale of the product's other factor, and the bias: their product must fit into int32. */
  readonly bias?: { readonly inputScale: number; readonly values: Float32Array } | undefined
}

/**
 * Quantizes weights symmetrically, each output channel by its largest magnitude. A channel whose bias is beyond int32 in
 * units of the product's scale, as that of a dead channel may be, gets a larger scale.
 */
export function quantizeWeights(weights: Tensor<'float32'>, { axis, levels, bias }: WeightForm): QuantizedWeights {
  const channels = weights.dims[axis]!
  const inner = sizeOf(weights.dims.slice(axis + 1))
  // Plain loops over millions of weights: by iterators and callbacks they take seconds.
  const { data } = weights
  const largest = new Float32Array(channels)
  for (let row = 0; row * inner < data.length; row++) {
    let most = largest[row % channels]!
    for (let i = row * inner; i < (row + 1) * inner; i++) most = Math.max(most, Math.abs(data[i]!))
    largest[row % channels] = most
  }
  const scales = largest.map((magnitude, channel) => {
    const scale = Math.fround(2 * magnitude) / (2 * levels)
    return wideEnough(scale < TINY ? 1 : Math.fround(scale), bias?.values[channel] ?? 0, bias?.inputScale ?? 1)
  })
  const rounded = new Int8Array(data.length)
  for (let row = 0; row * inner < data.length; row++) {
    const scale = scales[row % channels]!
    for (let i = row * inner; i < (row + 1) * inner; i++) {
      const level = roundToEven(Math.fround(data[i]! / scale))
      rounded[i] = Math.max(-levels, Math.min(levels, level))
    }
  }
  return { weights: { type: 'int8', dims: weights.dims, data: rounded }, scales: float32(scales, [channels]) }
}

/** Returns the scale of weights, or the smallest with which the bias fits into int32. */
function wideEnough(scale: number, bias: number, inputScale: number): number {
  const smallest = (ROOM * Math.abs(bias)) / MOST_INT32
  return inputScale * scale < smallest ? Math.fround(smallest / inputScale) : scale
}

/** Quantizes a bias in units of the product's scale, that of its input times that of the channel's weights. */
export function quantizeBias(bias: Float32Array, scales: Float32Array): Tensor<'int32'> {
  const data = Int32Array.from(bias, (value, channel) => roundToEven(value / scales[channel]!))
  return { type: 'int32', dims: [bias.length], data }
}

/** Rounds to the nearest whole number; a half to the even one, as ONNX does. */
function roundToEven(value: number): number {
  const rounded = Math.round(value)
  return Math.abs(value - Math.trunc(value)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}
