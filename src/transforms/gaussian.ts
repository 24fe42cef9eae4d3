import { borders } from './borders.js'

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

/** Convolves a grid with weights along its rows and along its columns; it is mirrored beyond its edges. */
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
    for (let i = 0; i < length; i++) {
      let sum = 0
      for (let k = 0, from = i; k < weights.length; k++, from += channels) sum += weights[k]! * wide[from]!
      result[begin + i] = sum
    }
  }
  return result
}

function alongColumns(data: Float64Array, length: number, weights: Float64Array): Float64Array {
  const radius = (weights.length - 1) / 2
  const height = data.length / length
  const result = new Float64Array(data.length)
  for (let y = 0; y < height; y++)
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k]!
      const from = borders.reflect(y + k - radius, height) * length
      for (let i = 0, to = y * length; i < length; i++, to++) result[to] = result[to]! + weight * data[from + i]!
    }
  return result
}
