import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linear, logarithmic } from '../../src/report/page/scale.js'

const labels = (scale: ReturnType<typeof linear>) => scale.ticks.map(({ label }) => label)

test('round steps around the values', () => {
  expect(labels(linear([0, 0.83]))).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1'])
  expect(labels(linear([0, 12]))).toEqual(['0', '5', '10', '15'])
  expect(labels(linear([0, 6], String, 6))).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  expect(labels(linear([0, 5e-5]))).toEqual(['0', '1e-5', '2e-5', '3e-5', '4e-5', '5e-5'])
  expect(labels(linear([]))).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1'])
})

test('orders of magnitude, three at the most', () => {
  expect(labels(logarithmic([2e-4, 5e-3]))).toEqual(['0.0001', '0.001', '0.01'])
  const scale = logarithmic([1e-9, 1e-2])
  expect(labels(scale)).toEqual(['1e-5', '0.0001', '0.001', '0.01'])
  expect([1e-9, 0, 1e-5, 1e-2].map((value) => scale.place(value))).toEqual([0, 0, 0, 1])
})

test('every value lies on the axis, and few values are written beside it', () => {
  const value = fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((number) => Math.fround(number))
  fc.assert(
    fc.property(fc.array(value, { maxLength: 9 }), (values) => {
      const scale = linear(values)
      expect(scale.ticks.length).toBeLessThan(9)
      for (const place of values.map(scale.place)) {
        expect(place).toBeGreaterThan(-0.001)
        expect(place).toBeLessThan(1.001)
      }
    }),
  )
})
