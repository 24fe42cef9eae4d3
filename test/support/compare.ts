import { expect } from 'vitest'
import type { Tensor } from '../../src/onnx/tensor.js'

/** max |a - b| / max |b|: how far `actual` is from `expected`, in units of the largest expected value. */
export function relativeError(actual: Tensor, expected: Tensor): number {
  const [a, b] = [numbers(actual), numbers(expected)]
  let [difference, largest] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!)
    if (!(distance <= difference)) difference = distance
    largest = Math.max(largest, Math.abs(b[i]!))
  }
  return difference === 0 ? 0 : difference / largest
}

/** The cosine of the angle between two tensors seen as vectors; 1 for two zero vectors. */
export function cosine(actual: Tensor, expected: Tensor): number {
  const [a, b] = [numbers(actual), numbers(expected)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < b.length; i++) {
    ab += a[i]! * b[i]!
    aa += a[i]! * a[i]!
    bb += b[i]! * b[i]!
  }
  if (aa === 0 && bb === 0) return 1
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

/** `expectClose` for each tensor of `expected`. */
export function expectAllClose(
  actual: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Tensor>>,
  tolerance = 1e-5,
): void {
  for (const [name, tensor] of Object.entries(expected)) expectClose(actual[name], tensor, tolerance, name)
}

function numbers(tensor: Tensor): Float64Array {
  return Float64Array.from(tensor.data as ArrayLike<unknown>, Number)
}
