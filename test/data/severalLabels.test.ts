import { describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { kFold } from '../../src/data/dataset/kFold.js'
import { splitDataset } from '../../src/data/dataset/splitDataset.js'
import { labelsAtOf, stratifyLabels } from '../../src/data/dataset/stratifyLabels.js'
import { sampleWeights } from '../../src/data/loader/sampling.js'
import { tableOf } from '../../src/data/samples/lazySamples.js'
import { seededRandom } from '../../src/random.js'

const SHARES = [0.5, 0.3, 0.1, 0.06, 0.03]

/** Images with any of five labels, some of which are rare and never the first; some images have none. */
function dataset(count: number, seed: number): ImageDataset {
  const random = seededRandom('labels', seed)
  const samples = Array.from({ length: count }, (_, i) => {
    const labels = SHARES.flatMap((share, label) => (random.next() < share ? [label] : []))
    return { source: `${i}`, label: labels[0] ?? 0, labels }
  })
  return { classes: SHARES.map((_, label) => `label ${label}`), samples }
}

const countsOf = ({ samples }: ImageDataset) =>
  SHARES.map((_, label) => samples.filter(({ labels }) => labels!.includes(label)).length)
const sources = ({ samples }: ImageDataset) => samples.map(({ source }) => source)

test.each([0, 1, 2])('a split has its share of every label, and of the images: data set %d', (seed) => {
  const whole = dataset(300, seed)
  const [train, validation] = splitDataset(whole, { share: 0.2, seed })
  expect([...sources(train), ...sources(validation)].sort()).toEqual(sources(whole).sort())
  const counts = countsOf(validation)
  for (const [label, count] of countsOf(whole).entries())
    expect(Math.abs(counts[label]! - 0.2 * count), `label ${label}`).toBeLessThanOrEqual(1.5)
  expect(Math.abs(validation.samples.length - 60)).toBeLessThanOrEqual(2)
  expect(sources(splitDataset(whole, { share: 0.2, seed })[1])).toEqual(sources(validation))
  expect(sources(splitDataset(whole, { share: 0.2, seed: seed + 1 })[1])).not.toEqual(sources(validation))
})

test('so do the folds of a cross-validation', () => {
  const whole = dataset(300, 3)
  const folds = kFold(whole, { folds: 4 })
  expect(folds.flatMap(({ validation }) => sources(validation)).sort()).toEqual(sources(whole).sort())
  for (const { validation } of folds)
    for (const [label, count] of countsOf(whole).entries())
      expect(Math.abs(countsOf(validation)[label]! - count / 4), `label ${label}`).toBeLessThanOrEqual(1.5)
})

test('groups are placed by all labels of their images', () => {
  const whole = dataset(300, 4)
  const samples = whole.samples.map((sample, i) => ({ ...sample, group: Math.floor(i / 3) }))
  const [train, validation] = splitDataset({ ...whole, samples }, { share: 0.25 })
  const groups = new Set(train.samples.map(({ group }) => group))
  expect(validation.samples.some(({ group }) => groups.has(group))).toBe(false)
  for (const [label, count] of countsOf(whole).entries())
    expect(Math.abs(countsOf(validation)[label]! - 0.25 * count), `label ${label}`).toBeLessThanOrEqual(3)
})

describe('iterative stratification', () => {
  test('places the rarest label first: by hand', () => {
    // The only two images with label 1 go to either part, although label 0 alone would allow other parts.
    const samples = [[0], [0], [0, 1], [0, 1]].map((labels, i) => ({ source: `${i}`, label: 0, labels }))
    for (const seed of [0, 1, 2, 3, 4]) {
      const parts = stratifyLabels(4, labelsAtOf(tableOf(samples)), [0.5, 0.5], seededRandom(seed))
      expect([parts[0]! + parts[1]!, parts[2]! + parts[3]!]).toEqual([1, 1])
    }
  })
})

test('balanced sampling weighs an image by all of its labels', () => {
  const labels = [[0], [0, 1], [0], [], [0]]
  const samples = labels.map((all, i) => ({ source: `${i}`, label: all[0] ?? 0, labels: all }))
  const weights = sampleWeights({ classes: ['a', 'b'], samples }, 'balanced', 'fineTune')
  expect(Array.from(weights!)).toEqual([1 / 4, (1 / 4 + 1) / 2, 1 / 4, 1, 1 / 4])
})
