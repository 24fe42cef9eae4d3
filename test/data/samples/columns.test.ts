import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NumberColumn } from '../../../src/data/samples/NumberColumn.js'
import { StringColumn } from '../../../src/data/samples/StringColumn.js'

describe('columns', () => {
  test('hold any strings, also longer than a page', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.nat(200_000), (strings, length) => {
        const column = new StringColumn()
        const all = [...strings, 'é'.repeat(length), ...strings, '\ufeff']
        for (const text of all) column.push(text)
        expect(column.length).toBe(all.length)
        expect(all.map((_, index) => column.at(index))).toEqual(all)
      }),
      { numRuns: 50 },
    )
  })

  test('hold whole numbers as wide as the widest, and numbers as float32', () => {
    const numbers = [...Array(100).keys(), 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 45]
    const [whole, floats] = [NumberColumn.whole(), NumberColumn.floats()]
    for (const number of numbers) {
      whole.push(number)
      floats.push(number + 0.1)
    }
    whole.set(0, 2 ** 50)
    expect(numbers.map((_, index) => whole.at(index))).toEqual([2 ** 50, ...numbers.slice(1)])
    expect(numbers.map((_, index) => floats.at(index))).toEqual(numbers.map((number) => Math.fround(number + 0.1)))
  })
})
