import { expect, test } from 'vitest'
import { curve } from '../../src/cli/terminal/curve.js'

test('a curve with both axes, its lowest place marked', () => {
  const x = [0.001, 0.01, 0.1, 1, 10]
  expect(curve(x, [3, 2, 1, 2, 3], { width: 40, height: 3, mark: 0.1 })).toEqual([
    '3 |*   *',
    '2 | * *',
    '1 |  *',
    '  +-----',
    '     ^',
    '   0.001 10',
  ])
})

test('more points than columns are averaged; a flat curve is at the bottom', () => {
  const x = Array.from({ length: 90 }, (_, i) => 10 ** (i / 10))
  const lines = curve(
    x,
    x.map(() => 0.5),
    { width: 40, height: 2 },
  )
  expect(lines.map(({ length }) => length <= 40)).not.toContain(false)
  expect(lines[1]).toBe(`0.5 |${'*'.repeat(34)}`)
  expect(lines).toHaveLength(4)
})
