import { describe, expect, test } from 'vitest'
import { createLoader } from '../../src/data/loader/createLoader.js'
import type { Sampling } from '../../src/data/loader/sampling.js'
import { compose } from '../../src/transforms/compose.js'
import { randomErasing } from '../../src/transforms/randomErasing.js'
import { rgbImage } from '../../src/transforms/rgbImage.js'
import { toTensor } from '../../src/transforms/toTensor.js'

/** Grey images, brighter from one to the next, a class for each count. */
function greys(counts: readonly number[]) {
  const samples = counts.flatMap((count, label) => Array.from({ length: count }, () => ({ source: `${label}`, label })))
  const image = async (index: number) => rgbImage(new Uint8Array(16 * 16 * 3).fill(index + 1), 16, 16)
  return { classes: counts.map((_, label) => `${label}`), samples, image }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

interface Drawn {
  readonly sampling?: Sampling
  readonly seed?: number
  readonly epochs?: readonly number[]
  readonly from?: number
  readonly workers?: number
}

/** The samples of epochs, in order, and what was made of each. */
async function drawn(counts: readonly number[], { sampling, seed = 0, epochs = [0], from, workers = 0 }: Drawn) {
  const transform = compose([toTensor(), randomErasing({ p: 1, scale: [0.1, 0.3] })])
  const loader = createLoader(greys(counts), { transform, batchSize: 8, sampling, seed, workers })
  const indices: number[] = []
  const views: string[] = []
  for (const epoch of epochs)
    for await (const batch of loader.epoch(epoch, from)) {
      indices.push(...batch.indices)
      const size = batch.images.data.length / batch.indices.length
      for (const row of batch.indices.keys())
        views.push(batch.images.data.subarray(row * size, (row + 1) * size).join())
    }
  await loader.close()
  return { indices, views, samples: loader.samples }
}

describe('sampling', () => {
  test('balanced: each class equally often, as many samples as there are', async () => {
    const { indices, samples } = await drawn([180, 20], { sampling: 'balanced', epochs: [0, 1, 2, 3] })
    expect(samples).toBe(200)
    expect(indices).toHaveLength(800)
    const share = indices.filter((index) => index >= 180).length / 800
    // Four standard deviations of a share of 800.
    expect(Math.abs(share - 0.5)).toBeLessThan(0.071)
  })

  test('by weights: in proportion, and never one whose weight is 0', async () => {
    const weights = [...Array(5).fill(0), ...Array(5).fill(1), ...Array(10).fill(3)]
    const { indices } = await drawn([20], {
      sampling: weights,
      epochs: Array.from({ length: 60 }, (_, epoch) => epoch),
    })
    const count = (low: number, high: number) => indices.filter((index) => index >= low && index < high).length
    expect(count(0, 5)).toBe(0)
    expect(Math.abs(count(5, 10) / 1200 - 5 / 35)).toBeLessThan(0.041)
  })

  test('the seed and the epoch decide, not the workers; a later start draws the same', async () => {
    const one = await drawn([12, 4], { sampling: 'balanced', seed: 1 })
    expect(await drawn([12, 4], { sampling: 'balanced', seed: 1, workers: 2 })).toEqual(one)
    expect((await drawn([12, 4], { sampling: 'balanced', seed: 2 })).indices).not.toEqual(one.indices)
    expect((await drawn([12, 4], { sampling: 'balanced', seed: 1, epochs: [1] })).indices).not.toEqual(one.indices)
    const rest = await drawn([12, 4], { sampling: 'balanced', seed: 1, from: 1 })
    expect([rest.indices, rest.views]).toEqual([one.indices.slice(8), one.views.slice(8)])
  })

  test('several of each class of a batch: different images, classes and images in turn', async () => {
    const counts = [7, 2, 5, 4, 6]
    const labelOf = (index: number) => counts.findIndex((_, label) => index < sum(counts.slice(0, label + 1)))
    const { indices } = await drawn(counts, { sampling: { perClass: 2 }, epochs: [0, 1, 2, 3] })
    expect(indices).toHaveLength(4 * 24)
    const drawings = counts.map(() => 0)
    for (let from = 0; from < indices.length; from += 8) {
      const batch = indices.slice(from, from + 8)
      expect(new Set(batch).size).toBe(8)
      const labels = batch.map(labelOf)
      expect(new Set(labels).size).toBe(4)
      for (const label of new Set(labels)) expect(labels.filter((other) => other === label)).toHaveLength(2)
      for (const label of labels) drawings[label]!++
    }
    expect(Math.max(...drawings) - Math.min(...drawings)).toBeLessThanOrEqual(8)
    expect(new Set(indices).size).toBe(24)
    const { indices: again } = await drawn(counts, { sampling: { perClass: 2 }, epochs: [2], from: 1 })
    expect(again).toEqual(indices.slice(2 * 24 + 8, 3 * 24))
  })

  test.each([
    [[8, 8], 3, 'a divisor of batchSize, 8'],
    [[8, 3, 8], 4, 'at most 3, the number of images of the class 1'],
    [[8, 8], 2, 'at least 4: a batch of 8 has 4 classes of 2 images, and there are 2'],
  ])('classes of %j images have no batches of %i of each', async (counts, perClass, expected) => {
    await expect(drawn(counts, { sampling: { perClass } })).rejects.toMatchObject({
      code: 'options/invalid',
      facts: { option: 'createLoader: sampling.perClass', expected },
    })
  })

  test('a sample that is drawn twice is augmented twice, the first time as ever', async () => {
    const weights = [1, 0, 0, 0, 0, 0, 0, 0]
    const { indices, views } = await drawn([8], { sampling: weights })
    expect(indices).toEqual(Array(8).fill(0))
    expect(new Set(views).size).toBeGreaterThan(6)
    expect(views[0]).toBe((await drawn([8], {})).views[0])
  })

  test('wrong weights are refused', () => {
    const transform = compose([toTensor()])
    const make = (sampling: unknown) =>
      createLoader(greys([3]), { transform, batchSize: 1, sampling: sampling as Sampling })
    expect(() => make([1, 2])).toThrow('createLoader: sampling must be a list with the weight of each of the 3 samples')
    for (const wrong of [[0, 0, 0], [1, -1, 1], [1, Number.NaN, 1], 'even'])
      expect(() => make(wrong)).toThrow('createLoader: sampling')
  })
})
