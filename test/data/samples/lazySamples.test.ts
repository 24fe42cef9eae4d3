import { describe, expect, test } from 'vitest'
import { concatDatasets } from '../../../src/data/dataset/concatDatasets.js'
import type { ImageDataset } from '../../../src/data/dataset/dataset.js'
import { kFold } from '../../../src/data/dataset/kFold.js'
import { splitDataset } from '../../../src/data/dataset/splitDataset.js'
import { subset } from '../../../src/data/dataset/subset.js'
import type { ImageSample } from '../../../src/data/samples/ImageSample.js'
import { lazySamples, tableOf } from '../../../src/data/samples/lazySamples.js'
import { type SampleTable, tableOfObjects } from '../../../src/data/samples/SampleTable.js'

const objects: readonly ImageSample[] = Array.from({ length: 60 }, (_, index) => ({
  source: `${index}.jpg`,
  label: index % 3,
  weight: index,
  group: `patient ${index % 20}`,
}))
const classes = ['a', 'b', 'c']
const plain: ImageDataset = { classes, samples: objects, read: async (index) => Uint8Array.of(index) }
/** The same samples, which count how many objects are made. */
function counted(): { readonly dataset: ImageDataset; readonly made: () => number } {
  let made = 0
  const table: SampleTable = {
    ...tableOfObjects(objects),
    sampleAt(index) {
      made++
      return { ...objects[index]! }
    },
  }
  return { dataset: { ...plain, samples: lazySamples(table) }, made: () => made }
}

describe('samples that are made when they are asked for', () => {
  test('are an array to everyone', () => {
    const { samples } = counted().dataset
    expect(Array.isArray(samples)).toBe(true)
    expect(samples).toHaveLength(60)
    expect(samples).toEqual(objects)
    expect([...samples]).toEqual(objects)
    expect(samples.map(({ source }) => source)).toEqual(objects.map(({ source }) => source))
    expect(samples.filter(({ label }) => label === 2)).toHaveLength(20)
    expect(samples.slice(-2)).toEqual(objects.slice(-2))
    expect([samples.at(-1), samples[60], samples[-1 as number]]).toEqual([objects[59], undefined, undefined])
    expect(['0' in samples, '59' in samples, '60' in samples, '00' in samples]).toEqual([true, true, false, false])
    expect(Object.keys(samples)).toEqual(Object.keys(objects))
    expect(JSON.parse(JSON.stringify(samples))).toEqual(objects)
    expect([objects[0]!].concat(samples)).toHaveLength(61)
  })

  test('cannot be changed', () => {
    const samples = counted().dataset.samples as ImageSample[]
    const one = { source: 'x', label: 0 }
    expect(() => (samples[0] = one)).toThrow(TypeError)
    expect(() => samples.push(one)).toThrow(TypeError)
    expect(() => samples.sort()).toThrow(TypeError)
    expect(() => (samples.length = 0)).toThrow(TypeError)
    expect(samples[0]).toEqual(objects[0])
  })

  const parts: Readonly<Record<string, (dataset: ImageDataset) => readonly ImageDataset[]>> = {
    subset: (dataset) => [subset(subset(dataset, [5, 3, 8, 8]), [1, 3])],
    'concatDatasets, with another order of classes': (dataset) => [
      concatDatasets([{ classes: ['c', 'd'], samples: [{ source: 'x', label: 1, weight: 2, group: 3 }] }, dataset]),
    ],
    splitDataset: (dataset) => splitDataset(dataset, { groups: [...objects.keys()] }),
    'splitDataset, by their own groups': (dataset) => splitDataset(dataset, { seed: 3 }),
    kFold: (dataset) => kFold(dataset, { folds: 3 }).flatMap(({ train, validation }) => [train, validation]),
  }
  test.each(Object.keys(parts))('%s gives what it gives for objects, and makes none', async (name) => {
    const { dataset, made } = counted()
    const [expected, received] = [parts[name]!(plain), parts[name]!(dataset)]
    expect(made()).toBe(0)
    for (const [i, part] of received.entries()) {
      expect(part.samples).toEqual(expected[i]!.samples)
      expect(part.classes).toEqual(expected[i]!.classes)
      const last = part.samples.length - 1
      expect(await part.read!(last)).toEqual(await expected[i]!.read!(last))
    }
  })

  test('keep together what their group says, without groups in the options', () => {
    const [train, validation] = splitDataset(counted().dataset)
    const groups = new Set(train.samples.map(({ group }) => group))
    expect(validation.samples.length).toBeGreaterThan(0)
    expect(validation.samples.some(({ group }) => groups.has(group))).toBe(false)
    for (const fold of kFold(plain)) {
      const inTrain = new Set(fold.train.samples.map(({ group }) => group))
      expect(fold.validation.samples.some(({ group }) => inTrain.has(group))).toBe(false)
    }
  })

  test('a view of a view asks the first', () => {
    const { samples } = subset(subset(counted().dataset, [9, 7, 5]), [2, 0])
    expect([tableOf(samples).sourceOf(0), tableOf(samples).weightOf?.(1)]).toEqual(['5.jpg', 9])
  })
})
