import { describe, expect, test } from 'vitest'
import { shuffled } from '../../../src/data/samples/shuffled.js'
import { permutation, seededRandom } from '../../../src/random.js'

/** Samples 0 to 99 in shards of ten. */
const shards = (window: number) => ({ count: 10, of: (index: number) => Math.floor(index / 10), window })
const order = (seed: number, window: number) => [...shuffled(100, seededRandom(seed), shards(window))]
const all = [...Array(100).keys()]

describe('an order through shards', () => {
  test.each([1, 7, 25, 99])('with a window of %d has every sample once, again with the same seed', (window) => {
    const first = order(1, window)
    expect(first.toSorted((a, b) => a - b)).toEqual(all)
    expect(order(1, window)).toEqual(first)
    expect(order(2, window)).not.toEqual(first)
  })

  test('with a window of one goes through one shard after another, in a random order', () => {
    const first = order(3, 1)
    const visited = first.filter((_, place) => place % 10 === 0).map((index) => index / 10)
    expect(first).toEqual(visited.flatMap((shard) => all.slice(10 * shard, 10 * shard + 10)))
    expect(visited).not.toEqual([...Array(10).keys()])
  })

  test('touches no more shards at a time than the window reaches', () => {
    for (let seed = 0; seed < 20; seed++) {
      const visited = order(seed, 1).filter((_, place) => place % 10 === 0)
      const turnOf = (index: number) => visited.indexOf(10 * Math.floor(index / 10))
      // A sample cannot come before the window has reached it.
      for (const [place, index] of order(seed, 15).entries())
        expect(10 * turnOf(index) + (index % 10)).toBeLessThan(place + 15)
    }
  })

  test('mixes the samples of the window: each place of the first half is reached by many', () => {
    const firsts = new Set(Array.from({ length: 200 }, (_, seed) => order(seed, 50)[0]! % 10))
    expect(firsts.size).toBe(10)
  })

  test('is any permutation where the window holds everything, or where there are no shards', () => {
    const free = [...permutation(100, seededRandom(5))]
    expect(order(5, 100)).toEqual(free)
    expect([...shuffled(100, seededRandom(5), undefined)]).toEqual(free)
  })
})
