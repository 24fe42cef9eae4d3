import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { float32, knnClassifier, nearestNeighbours, seededRandom } from '../../src/index.js'

interface Found {
  readonly distances: readonly (readonly number[])[]
  readonly indices: readonly (readonly number[])[]
}
interface Golden {
  readonly size: number
  readonly k: number
  readonly temperature: number
  readonly index: readonly number[]
  readonly queries: readonly number[]
  readonly labels: readonly number[]
  readonly cosine: Found
  readonly euclidean: Found
  readonly probabilities: readonly (readonly number[])[]
}
const golden = JSON.parse(
  readFileSync(new URL('../golden/neighbours/neighbours.json', import.meta.url), 'utf8'),
) as Golden
const tensor = (values: readonly number[], size = golden.size) => float32(values, [values.length / size, size])
const [index, queries] = [tensor(golden.index), tensor(golden.queries)]

describe('nearest neighbours', () => {
  test.each(['cosine', 'euclidean'] as const)('are those of scikit-learn: %s', async (metric) => {
    const found = await nearestNeighbours(index, queries, golden.k, { metric })
    expect(found.map((row) => row.map((one) => one.index))).toEqual(golden[metric].indices)
    for (const [query, row] of found.entries())
      for (const [place, { distance }] of row.entries())
        expect(distance).toBeCloseTo(golden[metric].distances[query]![place]!, 9)
  })

  test('of equally near ones the first is nearer', async () => {
    const same = tensor([1, 0, 2, 0, 1, 0, 0, 3], 2)
    const [found] = await nearestNeighbours(same, tensor([5, 0], 2), 4)
    expect(found).toEqual([
      { index: 0, distance: 0 },
      { index: 1, distance: 0 },
      { index: 2, distance: 0 },
      { index: 3, distance: 1 },
    ])
  })

  test('a vector of zeros has no direction', async () => {
    const [found] = await nearestNeighbours(tensor([0, 0, -1, 0, 1, 1], 2), tensor([1, 0], 2), 3)
    expect(found!.map((one) => one.index)).toEqual([2, 0, 1])
  })

  test('an aborted search ends with the reason, and other work has its turn during a long one', async () => {
    const reason = new Error('enough')
    await expect(nearestNeighbours(index, queries, 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const random = seededRandom('long')
    const many = float32(
      Float32Array.from({ length: 2000 * 64 }, () => random.next()),
      [2000, 64],
    )
    const stop = new AbortController()
    setTimeout(() => stop.abort(reason), 1)
    await expect(nearestNeighbours(many, many, 1, { signal: stop.signal })).rejects.toBe(reason)
  })

  test('wrong arguments are refused', async () => {
    await expect(nearestNeighbours(index, tensor([1, 2], 2), 1)).rejects.toThrow('a float32 tensor [n, 12]')
    await expect(nearestNeighbours(index, queries, 151)).rejects.toThrow('a whole number from 1 to 150')
  })
})

describe('a k-NN classifier', () => {
  const classes = ['a', 'b', 'c']

  test('has the votes of scikit-learn, weighted by exp(similarity / temperature)', async () => {
    const { k, temperature, labels } = golden
    const classifier = await knnClassifier(index, labels, { classes, k, temperature })
    const results = await classifier.classify(queries)
    for (const [query, { label, score, scores, neighbours }] of results.entries()) {
      const expected = golden.probabilities[query]!
      for (const one of scores) expect(one.score).toBeCloseTo(expected[classes.indexOf(one.label)]!, 9)
      expect(score).toBe(scores[0]!.score)
      expect(label).toBe(classes[expected.indexOf(Math.max(...expected))])
      expect(neighbours.map((one) => one.index)).toEqual(golden.cosine.indices[query])
    }
  })

  test('does not know what is further away than its examples are from each other', async () => {
    const around = (x: number, y: number, seed: number) => {
      const random = seededRandom('around', seed)
      return Array.from({ length: 20 }, () => [x + 0.05 * random.normal(), y + 0.05 * random.normal()]).flat()
    }
    const labels = Array.from({ length: 40 }, (_, i) => Math.floor(i / 20))
    const examples = tensor([...around(1, 0, 0), ...around(0, 1, 1)], 2)
    const classifier = await knnClassifier(examples, labels, { classes: ['right', 'up'], k: 5 })
    const results = await classifier.classify(tensor([3, 0.01, 0.01, 2, -1, -1], 2))
    expect(results.map(({ label, isUnknown }) => [label, isUnknown])).toEqual([
      ['right', false],
      ['up', false],
      [expect.any(String), true],
    ])
    expect(results[0]!.score).toBeGreaterThan(0.99)
    // Of 40 examples, 38 have another example within the threshold.
    const neighbours = await nearestNeighbours(examples, examples, 2)
    const nearest = neighbours.map((two, own) => two.find((one) => one.index !== own)!.distance)
    expect(nearest.filter((distance) => distance <= classifier.threshold)).toHaveLength(38)
    const all = await knnClassifier(examples, labels, { classes: ['right', 'up'], keep: 1 })
    expect(all.threshold).toBe(Math.max(...nearest))
  })

  test('takes more neighbours than there are examples for all of them, and refuses wrong labels', async () => {
    const few = tensor([1, 0, 0, 1, 1, 0.1], 2)
    const classifier = await knnClassifier(few, [0, 1, 0], { classes: ['a', 'b'] })
    const [result] = await classifier.classify(tensor([1, 0], 2))
    expect([result!.label, result!.neighbours.length]).toEqual(['a', 3])
    await expect(knnClassifier(few, [0, 1, 2], { classes: ['a', 'b'] })).rejects.toThrow('3 labels from 0 to 1')
  })
})
