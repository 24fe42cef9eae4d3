import { describe, expect, test } from 'vitest'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { cosine, expectAllClose, expectClose, relativeError } from './compare.js'

const vector = (...values: readonly number[]): Tensor => float32(values, [values.length])
const { NaN: nan, POSITIVE_INFINITY: inf } = Number

describe('relativeError', () => {
  test('is the largest difference in units of the largest expected value', () => {
    expect(relativeError(vector(1, 2, 5), vector(1, 2, 4))).toBe(0.25)
    expect(relativeError(vector(-1, 8), vector(1, -8))).toBe(2)
    expect(relativeError(vector(3, -8), vector(3, -8))).toBe(0)
  })

  test('no finite difference makes up for one that is none', () => {
    for (const [actual, expected] of [
      [vector(9, nan, 1), vector(1, 1, 1)],
      [vector(1, nan), vector(1, 1)],
      [vector(nan, 1), vector(1, 1)],
      [vector(1, 1), vector(nan, 1)],
      [vector(nan, 1), vector(nan, 1)],
      [vector(1, inf, 1), vector(1, 1, 1)],
      [vector(1, 1, 1), vector(1, inf, 1)],
      [vector(-inf, 1), vector(inf, 1)],
    ] as const)
      expect(relativeError(actual, expected), `${actual.data} and ${expected.data}`).toBe(inf)
  })

  test('takes equal infinities as equal, and measures the rest in finite units', () => {
    expect(relativeError(vector(inf, -inf, 3), vector(inf, -inf, 2))).toBe(0.5)
    expect(relativeError(vector(inf), vector(inf))).toBe(0)
  })

  test('has no unit for anything beside zeros', () => {
    expect(relativeError(vector(0, 1e-30), vector(0, 0))).toBe(inf)
    expect(relativeError(vector(0, 0), vector(0, 0))).toBe(0)
    expect(relativeError(vector(), vector())).toBe(0)
  })

  test('refuses tensors of different lengths, whichever is longer', () => {
    expect(() => relativeError(vector(1, 2, 3), vector(1, 2))).toThrow(/3 elements.*2/)
    expect(() => relativeError(vector(1, 2), vector(1, 2, 3))).toThrow(/2 elements.*3/)
    expect(() => relativeError(vector(), vector(1))).toThrow(/0 elements.*1/)
  })
})

describe('cosine', () => {
  test('is that of the angle', () => {
    expect(cosine(vector(1, 0), vector(1, 1))).toBeCloseTo(Math.SQRT1_2, 12)
    expect(cosine(vector(2, 4), vector(-1, -2))).toBeCloseTo(-1, 12)
    expect(cosine(vector(0, 0), vector(0, 0))).toBe(1)
    expect(cosine(vector(), vector())).toBe(1)
  })

  test('of a zero vector and another is 0', () => {
    expect(cosine(vector(0, 0), vector(1, 2))).toBe(0)
    expect(cosine(vector(1, 2), vector(0, 0))).toBe(0)
  })

  test('of anything with a value that is not finite fails every comparison', () => {
    for (const bad of [nan, inf, -inf]) {
      expect(cosine(vector(1, bad), vector(1, 1))).toBeNaN()
      expect(cosine(vector(1, 1), vector(1, bad))).toBeNaN()
      expect(cosine(vector(1, bad), vector(1, bad))).toBeNaN()
    }
  })

  test('refuses tensors of different lengths, whichever is longer', () => {
    expect(() => cosine(vector(1, 2, 3), vector(1, 2))).toThrow(/3 elements.*2/)
    expect(() => cosine(vector(1, 2), vector(1, 2, 3))).toThrow(/2 elements.*3/)
  })
})

describe('expectClose', () => {
  test('fails for what is missing, for another type or shape, and beyond the tolerance', () => {
    expectClose(vector(1, 2), vector(1, 2 + 1e-6))
    expect(() => expectClose(undefined, vector(1), 1, 'y')).toThrow(/y is missing among the results/)
    expect(() => expectClose(vector(1), undefined, 1, 'y')).toThrow(/y is missing among the expected/)
    expect(() => expectClose(float32([1, 2], [2, 1]), vector(1, 2), 1)).toThrow(/type and shape/)
    expect(() => expectClose(vector(1, 2.1), vector(1, 2), 0.01)).toThrow(/off by/)
    expect(() => expectClose(vector(9, nan, 1), vector(1, 1, 1), 1e9)).toThrow(/off by/)
  })

  test('for each of several tensors, of which there must be one', () => {
    expectAllClose({ a: vector(1), more: vector(7) }, { a: vector(1) })
    expect(() => expectAllClose({ a: vector(1) }, { a: vector(1), b: vector(2) })).toThrow(/b is missing/)
    expect(() => expectAllClose({ a: vector(1) }, {})).toThrow(/nothing/)
  })
})
