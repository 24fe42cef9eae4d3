import { borders } from '../onnx/graph/borders.js'

/**
 * Returns the weights of a Gaussian with standard deviation `sigma` pixels, `size` of them (odd), their sum 1.
 */
export function gaussianWeights(size: number, sigma: number): Float64Array {
  const middle = (size - 1) / 2
  const weights = Float64Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - middle) / sigma) ** 2))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** Values in rows of `width` pixels, each of `channels` values. */
export interface Grid {
  readonly data: Uint8Array | Float64Array
  readonly width: number
  readonly channels: number
}

/**
 * Convolves a grid with weights along its rows and along its columns; it is mirrored beyond its edges. The weights are
 * symmetric: each but the middle one is read once for two values.
 */
export function convolve(grid: Grid, across: Float64Array, down: Float64Array): Float64Array {
  return alongColumns(alongRows(grid, across), grid.width * grid.channels, down)
}

function alongRows({ data, width, channels }: Grid, weights: Float64Array): Float64Array {
  const radius = (weights.length - 1) / 2
  const length = width * channels
  const wide = new Float64Array((width + 2 * radius) * channels)
  const sources = Int32Array.from(wide, (_, i) => {
    const pixel = Math.floor(i / channels)
    return borders.reflect(pixel - radius, width) * channels + (i % channels)
  })
  const result = new Float64Array(data.length)
  for (let begin = 0; begin < data.length; begin += length) {
    for (let i = 0; i < wide.length; i++) wide[i] = data[begin + sources[i]!]!
    for (let i = 0, middle = radius * channels; i < length; i++, middle++) {
      let sum = weights[radius]! * wide[middle]!
      for (let k = 1, before = middle - channels, after = middle + channels; k <= radius; k++) {
        sum += weights[radius + k]! * (wide[before]! + wide[after]!)
        before -= channels
        after += channels
      }
      result[begin + i] = sum
    }
  }
  return result
}

function alongColumns(data: Float64Array, length: number, weights: Float64Array): Float64Array {
  const radius = (weights.length - 1) / 2
  const height = data.length / length
  const result = data.map((value) => value * weights[radius]!)
  for (let y = 0; y < height; y++)
    for (let k = 1; k <= radius; k++) {
      const weight = weights[radius + k]!
      const above = borders.reflect(y - k, height) * length
      const below = borders.reflect(y + k, height) * length
      for (let i = 0, to = y * length; i < length; i++, to++)
        result[to] = result[to]! + weight * (data[above + i]! + data[below + i]!)
    }
  return result
}
