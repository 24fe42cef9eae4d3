import { describe, expect, test } from 'vitest'
import { concatDatasets } from '../../src/data/dataset/concatDatasets.js'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { kFold } from '../../src/data/dataset/kFold.js'
import { splitDataset } from '../../src/data/dataset/splitDataset.js'
import { subset } from '../../src/data/dataset/subset.js'
import { rgbImage } from '../../src/transforms/rgbImage.js'

/** Samples of each class; their bytes are their index. */
const dataset = (counts: readonly number[], names = counts.map((_, label) => `class ${label}`)): ImageDataset => {
  const samples = counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ source: `${names[label]}/${i}`, label })),
  )
  return { classes: names, samples, read: async (index) => Uint8Array.of(index) }
}
const counts = ({ classes, samples }: ImageDataset) =>
  classes.map((_, label) => samples.filter((sample) => sample.label === label).length)
const sources = ({ samples }: ImageDataset) => samples.map(({ source }) => source)

describe('subset', () => {
  test('has the samples in the given order, and reads what they are', async () => {
    const part = subset(dataset([3, 2]), [4, 0, 0])
    expect(sources(part)).toEqual(['class 1/1', 'class 0/0', 'class 0/0'])
    expect(part.classes).toEqual(['class 0', 'class 1'])
    expect(await Promise.all([0, 1, 2].map((index) => part.read!(index)))).toEqual(
      [4, 0, 0].map((i) => Uint8Array.of(i)),
    )
  })

  test('keeps what else the data set has, and refuses other indices', () => {
    const { directory } = subset({ ...dataset([2]), directory: '/photos' }, Uint32Array.of(1))
    expect(directory).toBe('/photos')
    for (const wrong of [[2], [-1], [0.5], 'no']) expect(() => subset(dataset([2]), wrong as never)).toThrow('below 2')
  })
})

describe('concatDatasets', () => {
  test('joins samples, and classes by name', async () => {
    const all = concatDatasets([dataset([2, 1], ['cat', 'dog']), dataset([1, 2], ['emu', 'cat'])])
    expect(all.classes).toEqual(['cat', 'dog', 'emu'])
    expect(all.samples).toEqual([
      { source: 'cat/0', label: 0 },
      { source: 'cat/1', label: 0 },
      { source: 'dog/0', label: 1 },
      { source: 'emu/0', label: 2 },
      { source: 'cat/0', label: 0 },
      { source: 'cat/1', label: 0 },
    ])
    expect(await Promise.all([2, 3, 5].map((index) => all.read!(index)))).toEqual(
      [2, 0, 2].map((i) => Uint8Array.of(i)),
    )
  })

  test('asks each data set for its own pixels', async () => {
    const pixels = rgbImage(new Uint8Array(3), 1, 1)
    const all = concatDatasets([dataset([1]), { ...dataset([1]), image: async () => pixels }])
    expect([await all.image!(0), await all.image!(1)]).toEqual([undefined, pixels])
  })

  test('lets the loading workers read where no data set reads', () => {
    const { read: _, ...files } = dataset([1])
    expect(concatDatasets([files, files])).not.toHaveProperty('read')
    expect(() => concatDatasets([])).toThrow('concatDatasets: datasets must be at least 1 items long')
  })
})

describe('k folds', () => {
  const whole = dataset([23, 11, 5])

  test('each sample is measured once, and trained on in all other folds', () => {
    const folds = kFold(whole, { folds: 5 })
    expect(folds.flatMap(({ validation }) => sources(validation)).sort()).toEqual(sources(whole).sort())
    for (const { train, validation } of folds) {
      expect([...sources(train), ...sources(validation)].sort()).toEqual(sources(whole).sort())
      for (const [label, count] of counts(validation).entries())
        expect(Math.abs(count - [23, 11, 5][label]! / 5)).toBeLessThan(1)
    }
  })

  test('the seed decides which', () => {
    const first = (seed: number) => sources(kFold(whole, { seed })[0]!.validation)
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })

  test('no group is divided, each fold has its share of each class as far as groups allow', () => {
    const many = dataset([60, 40])
    const groupOf = (source: string) => `${source.split('/')[0]} ${Number(source.split('/')[1]) % 10}`
    const folds = kFold(many, { folds: 5, groups: ({ source }) => groupOf(source) })
    const seen = new Map<string, number>()
    for (const [fold, { train, validation }] of folds.entries()) {
      expect(counts(validation)).toEqual([12, 8])
      expect(counts(train)).toEqual([48, 32])
      for (const source of sources(validation)) {
        expect(seen.get(groupOf(source)) ?? fold).toBe(fold)
        seen.set(groupOf(source), fold)
      }
    }
    expect(seen.size).toBe(20)
  })

  test('every fold has a group, also where one group is almost everything', () => {
    const groups = Array.from({ length: 39 }, (_, index) => Math.max(index - 36, 0))
    for (let seed = 0; seed < 5; seed++)
      for (const { validation } of kFold(whole, { folds: 3, seed, groups }))
        expect(validation.samples.length).toBeGreaterThan(0)
    expect(() => kFold(whole, { folds: 4, groups })).toThrow('4 groups or more')
    expect(() => kFold(whole, { groups: [1, 2] })).toThrow('the group of each of the 39 samples')
    expect(() => kFold(dataset([3]), { folds: 4 })).toThrow('kFold: folds must be at most 3, the number of samples')
  })
})

describe('a split by groups', () => {
  test('divides none of them, and gives either part its share of each class', () => {
    const whole = dataset([50, 50])
    const groupOf = (source: string) => Math.floor(Number(source.split('/')[1]) / 5)
    for (let seed = 0; seed < 5; seed++) {
      // A group has five samples of each class.
      const [train, validation] = splitDataset(whole, { share: 0.2, seed, groups: ({ source }) => groupOf(source) })
      expect([counts(train), counts(validation)]).toEqual([
        [40, 40],
        [10, 10],
      ])
      const inTraining = new Set(sources(train).map(groupOf))
      expect(sources(validation).some((source) => inTraining.has(groupOf(source)))).toBe(false)
    }
  })

  test('takes other groups with another seed', () => {
    const groups = Array.from({ length: 40 }, (_, index) => index % 10)
    const pick = (seed: number) => sources(splitDataset(dataset([40]), { seed, groups })[1])
    expect(pick(1)).toEqual(pick(1))
    expect([2, 3, 4].some((seed) => pick(seed).join() !== pick(1).join())).toBe(true)
    expect(() => splitDataset(dataset([3]), { groups: ['a', 'a', 'a'] })).toThrow('2 groups or more')
  })
})
