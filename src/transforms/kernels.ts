/**
 * The weights of a resampled line. For each position: the first source position, the number of source positions, and
 * their weights in 22-bit fixed point.
 */
export interface Kernels {
  readonly first: Int32Array
  readonly count: Int32Array
  readonly weights: Int32Array
  /** The weights of position i begin at i * stride. */
  readonly stride: number
}

/** The fractional bits: 32 less 8 of the byte and 2 of headroom, Pillow's PRECISION_BITS. */
export const precision = 22
/** A half, added before the fractional bits are cut off. */
export const half = 1 << (precision - 1)

/**
 * A cache of tables by lengths, the least recently used first, without enormous ones. Random crops have a few hundred
 * lengths.
 */
const known = new Map<string, Kernels>()
const mostKnown = 1024
const mostWeights = 2 ** 16

/**
 * Returns the kernels of positions `begin` to `begin + length` (not included) of a line resampled from `from` to `to`.
 */
export function kernels(from: number, to: number, begin: number, length: number): Kernels {
  const key = `${from} ${to} ${begin} ${length}`
  const table = known.get(key) ?? makeKernels(from, to, begin, length)
  known.delete(key)
  if (table.weights.length <= mostWeights) known.set(key, table)
  if (known.size > mostKnown) known.delete(known.keys().next().value!)
  return table
}

function makeKernels(from: number, to: number, begin: number, length: number): Kernels {
  const scale = from / to
  const support = Math.max(scale, 1)
  const stride = Math.ceil(support) * 2 + 1
  const first = new Int32Array(length)
  const count = new Int32Array(length)
  const weights = new Int32Array(length * stride)
  const exact = new Float64Array(stride)
  for (let i = 0; i < length; i++) {
    const center = (begin + i + 0.5) * scale
    const start = Math.max(Math.trunc(center - support + 0.5), 0)
    const places = Math.min(Math.trunc(center + support + 0.5), from) - start
    let sum = 0
    for (let k = 0; k < places; k++) {
      const weight = Math.max(1 - Math.abs((k + start - center + 0.5) / support), 0)
      exact[k] = weight
      sum += weight
    }
    for (let k = 0; k < places; k++) weights[i * stride + k] = Math.trunc(0.5 + (exact[k]! / sum) * (1 << precision))
    first[i] = start
    count[i] = places
  }
  return { first, count, weights, stride }
}
