import { expect } from 'vitest'
import type { Tensor } from '../../src/onnx/graph/tensor.js'

/**
 * max |a - b| / max |b|: how far `actual` is from `expected`, in units of the largest finite expected value. Infinity
 * where one is not finite and the other is not the same; NaN is never the same. Throws for different lengths.
 */
export function relativeError(actual: Tensor, expected: Tensor): number {
  const [a, b] = numbersOf(actual, expected)
  let [difference, largest] = [0, 0]
  for (const [i, value] of b.entries()) {
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value))
    if (a[i] === value) continue
    const distance = Math.abs(a[i]! - value)
    difference = Number.isFinite(distance) ? Math.max(difference, distance) : Infinity
    if (difference === Infinity) break
  }
  return difference === 0 ? 0 : difference / largest
}

/**
 * The cosine of the angle between two tensors seen as vectors; 1 for two zero vectors, 0 for one, NaN where a value is not
 * finite. Throws for different lengths.
 */
export function cosine(actual: Tensor, expected: Tensor): number {
  const [a, b] = numbersOf(actual, expected)
  let [ab, aa, bb] = [0, 0, 0]
  for (const [i, value] of b.entries()) {
    ab += a[i]! * value
    aa += a[i]! * a[i]!
    bb += value * value
  }
  if (aa === 0 || bb === 0) return aa === bb ? 1 : 0 * ab
  return ab / Math.sqrt(aa * bb)
}

/** Fails unless both have one type and shape and differ by no more than `tolerance` (relative error). */
export function expectClose(
  actual: Tensor | undefined,
  expected: Tensor | undefined,
  tolerance = 1e-5,
  what = 'tensor',
): void {
  if (!actual || !expected) expect.fail(`${what} is missing among the ${actual ? 'expected values' : 'results'}`)
  expect(`${actual.type}[${actual.dims}]`, `type and shape of ${what}`).toBe(`${expected.type}[${expected.dims}]`)
  const error = relativeError(actual, expected)
  if (!(error <= tolerance)) expect.fail(`${what} is off by ${error.toExponential(2)}, allowed: ${tolerance}`)
}

/** `expectClose` for each tensor of `expected`, of which there must be one. */
export function expectAllClose(
  actual: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Tensor>>,
  tolerance = 1e-5,
): void {
  const entries = Object.entries(expected)
  if (entries.length === 0) expect.fail('there is nothing to compare with')
  for (const [name, tensor] of entries) expectClose(actual[name], tensor, tolerance, name)
}

function numbersOf(...tensors: readonly [Tensor, Tensor]): readonly [Float64Array, Float64Array] {
  const [a, b] = tensors.map(({ data }) => Float64Array.from(data as ArrayLike<unknown>, Number)) as [
    Float64Array,
    Float64Array,
  ]
  if (a.length !== b.length) throw new RangeError(`${a.length} elements cannot be compared with ${b.length}`)
  return [a, b]
}
