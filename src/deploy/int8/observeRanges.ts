import type { Range } from '../../onnx/quantize/scales.js'
import { type Histogram, histogram, percentileRange } from './histogram.js'

/** Runs the network on each calibration image, and hands over the values that are asked for. */
export type Observe = (see: (value: string, data: Float32Array) => void) => Promise<void>

/**
 * Returns the range of each value over the calibration images: from its smallest to its largest, or the range that
 * `percentile` percent of its elements are in. The latter takes a second pass over the images.
 */
export async function observeRanges(observe: Observe, percentile: number | undefined): Promise<Map<string, Range>> {
  const ranges = new Map<string, Range>()
  await observe((value, data) => ranges.set(value, joined(ranges.get(value), data)))
  if (percentile === undefined) return ranges
  const histograms = new Map<string, Histogram>()
  await observe((value, data) => histograms.set(value, histogram(ranges.get(value)!, data, histograms.get(value))))
  return new Map(
    [...histograms].map(([value, counts]) => [value, percentileRange(counts, ranges.get(value)!, percentile)]),
  )
}

function joined(range: Range | undefined, data: Float32Array): Range {
  let { min, max } = range ?? { min: Infinity, max: -Infinity }
  for (const value of data) {
    if (Number.isNaN(value)) return { min: value, max: value }
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
