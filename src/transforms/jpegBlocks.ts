/**
 * The discrete cosine transform of JPEG in whole numbers, by the algorithm of Loeffler, Ligtenberg and Moschytz (1989,
 * "Practical fast 1-D DCT algorithms with 11 multiplications"), with the 13 bits of libjpeg's method `islow`, whose
 * results these are.
 */
const BITS = 13
const fixed = (factor: number): number => Math.round(factor * 2 ** BITS)
const F0_298 = fixed(0.298631336)
const F0_390 = fixed(0.390180644)
const F0_541 = fixed(0.5411961)
const F0_765 = fixed(0.765366865)
const F0_899 = fixed(0.899976223)
const F1_175 = fixed(1.175875602)
const F1_501 = fixed(1.50132111)
const F1_847 = fixed(1.847759065)
const F1_961 = fixed(1.96157056)
const F2_053 = fixed(2.053119869)
const F2_562 = fixed(2.562915447)
const F3_072 = fixed(3.072711026)

/** The bits that the first pass and the second one of each transform round away; 2 bits are kept between them. */
const [FIRST, SECOND, LAST] = [BITS - 2, BITS + 2, BITS + 5]

/**
 * Replaces a block of 8 x 8 samples, from which 128 is subtracted, by what JPEG's quantisation leaves of it; values may
 * be outside -128 to 127.
 *
 * @param steps the quantisation table, row by row
 */
export function loseInBlock(block: Int32Array, steps: Uint8Array): void {
  for (let row = 0; row < 64; row += 8) forward(block, row, 1, FIRST)
  for (let column = 0; column < 8; column++) forward(block, column, 8, SECOND)
  for (let i = 0; i < 64; i++) {
    // Coefficients are 8 times those of the standard.
    const [value, divisor] = [block[i]!, 8 * steps[i]!]
    const level = ((Math.abs(value) + (divisor >> 1)) / divisor) | 0
    block[i] = steps[i]! * (value < 0 ? -level : level)
  }
  for (let column = 0; column < 8; column++) inverse(block, column, 8, FIRST)
  for (let row = 0; row < 64; row += 8) inverse(block, row, 1, LAST)
}

/** Transforms 8 values in place, `step` apart, and rounds `bits` bits away. */
function forward(v: Int32Array, at: number, step: number, bits: number): void {
  const half = 1 << (bits - 1)
  const [i1, i2, i3] = [at + step, at + 2 * step, at + 3 * step]
  const [i4, i5, i6, i7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step]
  const [s0, d0] = [v[at]! + v[i7]!, v[at]! - v[i7]!]
  const [s1, d1] = [v[i1]! + v[i6]!, v[i1]! - v[i6]!]
  const [s2, d2] = [v[i2]! + v[i5]!, v[i2]! - v[i5]!]
  const [s3, d3] = [v[i3]! + v[i4]!, v[i3]! - v[i4]!]
  const [outer, inner] = [s0 - s3, s1 - s2]
  const z = (inner + outer) * F0_541
  v[at] = (((s0 + s3 + s1 + s2) << BITS) + half) >> bits
  v[i4] = (((s0 + s3 - s1 - s2) << BITS) + half) >> bits
  v[i2] = (z + outer * F0_765 + half) >> bits
  v[i6] = (z - inner * F1_847 + half) >> bits
  rotateOdd(d3, d2, d1, d0)
  v[i7] = (odd[0]! + half) >> bits
  v[i5] = (odd[1]! + half) >> bits
  v[i3] = (odd[2]! + half) >> bits
  v[i1] = (odd[3]! + half) >> bits
}

/** Transforms 8 coefficients back, as `forward` does. */
function inverse(v: Int32Array, at: number, step: number, bits: number): void {
  const half = 1 << (bits - 1)
  const [i1, i2, i3] = [at + step, at + 2 * step, at + 3 * step]
  const [i4, i5, i6, i7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step]
  const [sum, difference] = [(v[at]! + v[i4]!) << BITS, (v[at]! - v[i4]!) << BITS]
  const z = (v[i2]! + v[i6]!) * F0_541
  const [inner, outer] = [z - v[i6]! * F1_847, z + v[i2]! * F0_765]
  rotateOdd(v[i7]!, v[i5]!, v[i3]!, v[i1]!)
  const [o0, o1, o2, o3] = [odd[0]!, odd[1]!, odd[2]!, odd[3]!]
  const [e0, e1, e2, e3] = [
    sum + outer + half,
    difference + inner + half,
    difference - inner + half,
    sum - outer + half,
  ]
  v[at] = (e0 + o3) >> bits
  v[i7] = (e0 - o3) >> bits
  v[i1] = (e1 + o2) >> bits
  v[i6] = (e1 - o2) >> bits
  v[i2] = (e2 + o1) >> bits
  v[i5] = (e2 - o1) >> bits
  v[i3] = (e3 + o0) >> bits
  v[i4] = (e3 - o0) >> bits
}

/** The result of `rotateOdd`. */
const odd = new Int32Array(4)

/** Computes the odd part, which is its own inverse, of the coefficients 7, 5, 3, 1. */
function rotateOdd(a: number, b: number, c: number, d: number): void {
  const z5 = (a + c + b + d) * F1_175
  const [z1, z2] = [-(a + d) * F0_899, -(b + c) * F2_562]
  const [z3, z4] = [z5 - (a + c) * F1_961, z5 - (b + d) * F0_390]
  odd[0] = a * F0_298 + z1 + z3
  odd[1] = b * F2_053 + z2 + z4
  odd[2] = c * F3_072 + z2 + z3
  odd[3] = d * F1_501 + z1 + z4
}
