import { describe, expect, test } from 'vitest'
import type { DuplicateGroup } from '../../src/data/inspection/DatasetInspection.js'
import { groupsOf } from '../../src/recipe/findCopies.js'

const copies = (...indices: number[]): DuplicateGroup => ({
  ...{ kind: 'near', acrossSets: false, differentClasses: false },
  images: indices.map((index) => ({ set: 'train', index, source: `${index}`, class: 'a', likeness: 1 })),
})
const datasetOf = (labels: readonly number[], groups?: readonly string[]) => ({
  classes: ['a', 'b'],
  samples: labels.map((label, i) => ({ source: `${i}`, label, ...(groups && { group: groups[i]! }) })),
  read: async () => new Uint8Array(),
})

describe('the images that stay together in a split', () => {
  const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]

  test('are copies of each other, also over several groups', () => {
    const groups = groupsOf(datasetOf(labels), [copies(0, 3), copies(6, 8)])
    expect([...groups]).toEqual([0, 1, 2, 0, 4, 5, 6, 7, 6, 9, 10, 11])
  })

  test('are those of a group of their own, and the copies of any of them', () => {
    const own = ['p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'v']
    expect([...groupsOf(datasetOf(labels, own), [copies(0, 7)])]).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 8, 9, 10, 6])
  })

  test('are none of a class that would be missing in a part', () => {
    const groups = groupsOf(datasetOf(labels), [copies(0, 1, 2, 3, 4, 5), copies(6, 8)])
    expect([...groups]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 6, 9, 10, 11])
  })
})
