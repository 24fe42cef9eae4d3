import type { Range } from '../../onnx/quantize/scales.js'

/** The number of elements in each of equal intervals of -limit to limit. */
export interface Histogram {
  readonly counts: Float64Array
  readonly limit: number
}

/** As many as ONNX Runtime's own tool has for percentiles. */
const BINS = 2048

/** Counts elements, all of which are in `range`, into the intervals of a histogram, in place; by default of a new one. */
export function histogram({ min, max }: Range, data: Float32Array, counted?: Histogram): Histogram {
  const result = counted ?? { counts: new Float64Array(BINS), limit: Math.max(Math.abs(min), Math.abs(max)) }
  const { counts, limit } = result
  const perUnit = limit > 0 ? BINS / (2 * limit) : 0
  for (const value of data) counts[Math.min(BINS - 1, Math.floor((value + limit) * perUnit))]! += 1
  return result
}

/** Returns the range that cuts off the same share of elements on both sides, so that `percentile` percent stay. */
export function percentileRange({ counts, limit }: Histogram, range: Range, percentile: number): Range {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const cut = (100 - percentile) / 200
  const edgeAt = (share: number) => {
    let [bin, below] = [0, counts[0]! / total]
    while (below < share && bin < BINS - 1) below += counts[++bin]! / total
    return Math.fround(-limit + (bin * 2 * limit) / BINS)
  }
  return { min: Math.max(range.min, edgeAt(cut)), max: Math.min(range.max, edgeAt(1 - cut)) }
}
