import { Float16Array } from '@petamoriken/float16'

/**
 * Converts float16 (IEEE 754 binary16) and bfloat16, as raw bits, to float32 and back. Widening is exact, including NaN
 * payloads; narrowing rounds to nearest, ties to even, overflows to infinity and keeps NaN a NaN.
 */

export function float16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  widened ??= Uint32Array.from({ length: 2 ** 16 }, (_, half) => widenHalf(half))
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) bits[i] = widened[halves[i]!]!
  return new Float32Array(bits.buffer)
}

/**
 * Every half as the bits of a float32: looking one up is several times faster than computing it. The library that
 * narrows would go through JavaScript's numbers, which make every NaN a quiet one.
 */
let widened: Uint32Array | undefined

export function float32ToFloat16(floats: Float32Array): Uint16Array<ArrayBuffer> {
  return new Uint16Array(new Float16Array(floats).buffer as ArrayBuffer)
}

/** Converts bfloat16, which is the upper half of a float32. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16
  return new Float32Array(bits.buffer)
}

export function float32ToBfloat16(floats: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = bitsOf(floats)
  const halves = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i++) halves[i] = narrowToBfloat(bits[i]!)
  return halves
}

/** Widens 1 sign, 5 exponent (bias 15), 10 mantissa bits to 1, 8 (bias 127), 23. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const mantissa = half & 0x3ff
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13)
  if (mantissa === 0) return sign
  // A denormal is mantissa * 2^-24: its leading one becomes the hidden bit of a float32.
  const shift = Math.clz32(mantissa) - 21
  return sign | ((113 - shift) << 23) | ((mantissa << (13 + shift)) & 0x7fffff)
}

/** Narrows to bfloat16. A NaN keeps its upper bits, one of which is set so that it does not become an infinity. */
function narrowToBfloat(bits: number): number {
  return (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : roundShift(bits, 16)
}

/** Returns value / 2^count, rounded to nearest, ties to even. */
function roundShift(value: number, count: number): number {
  const half = 2 ** (count - 1)
  const odd = (value >>> count) & 1
  return Math.floor((value + half - 1 + odd) / 2 ** count)
}

function bitsOf(floats: Float32Array): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length)
}
