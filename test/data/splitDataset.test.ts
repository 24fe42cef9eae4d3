import { expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { splitDataset } from '../../src/data/dataset/splitDataset.js'

const dataset = (counts: readonly number[]): ImageDataset => ({
  classes: counts.map((_, label) => `class ${label}`),
  samples: counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ source: `${label}/${i}`, label })),
  ),
})
const counts = ({ classes, samples }: ImageDataset) =>
  classes.map((_, label) => samples.filter((sample) => sample.label === label).length)
const sources = ({ samples }: ImageDataset) => samples.map(({ source }) => source)

test('every class gives its share, and at least one image to either side', () => {
  const whole = dataset([50, 10, 2, 1])
  const [train, validation] = splitDataset(whole, { share: 0.2 })
  expect([counts(train), counts(validation)]).toEqual([
    [40, 8, 1, 1],
    [10, 2, 1, 0],
  ])
  expect([...sources(train), ...sources(validation)].sort()).toEqual(sources(whole).sort())
  expect(counts(splitDataset(dataset([3, 2]), { share: 0.99 })[0])).toEqual([1, 1])
})

test('the seed decides which', () => {
  const pick = (seed: number) => sources(splitDataset(dataset([40, 40]), { seed })[1])
  expect(pick(1)).toEqual(pick(1))
  expect(pick(2)).not.toEqual(pick(1))
})

test('a part reads what the whole reads', async () => {
  const whole = { ...dataset([5, 5]), read: async (index: number) => Uint8Array.of(index) }
  const [, validation] = splitDataset(whole, { share: 0.4 })
  const bytes = await Promise.all(validation.samples.map((_, index) => validation.read!(index)))
  expect(bytes.map(([index]) => whole.samples[index!]!.source)).toEqual(sources(validation))
})

test('wrong options are an error', () => {
  expect(() => splitDataset(dataset([2, 2]), { share: 1 })).toThrow('splitDataset: share must be below 1. Received: 1')
})
