import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { findLabelIssues } from '../../src/labels/findLabelIssues.js'
import { permutation, seededRandom } from '../../src/random.js'
import { errorOf } from '../data/support.js'
import { images } from '../finetune/support/smallRun.js'
import { sharedPath } from '../support/shared.js'

const directory = await mkdtemp(join(tmpdir(), 'labels-'))
afterAll(() => rm(directory, { recursive: true }))
const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 32, width: 8 })

/** The data set with the labels of some images changed, and their indices. */
function flipped(dataset: ImageDataset, share: number): { dataset: ImageDataset; wrong: ReadonlySet<number> } {
  const { samples, classes } = dataset
  const random = seededRandom('flip')
  const wrong = new Set(permutation(samples.length, random).subarray(0, Math.round(share * samples.length)))
  const other = (label: number) => (label + random.integer(1, classes.length - 1)) % classes.length
  const relabelled = samples.map((sample, i) => (wrong.has(i) ? { ...sample, label: other(sample.label) } : sample))
  return { dataset: { ...dataset, samples: relabelled }, wrong }
}

describe('likely wrong labels', () => {
  test('of drawn images are found, the worst first, with the labels that they had', async () => {
    const clean = await images(120, 1)
    const { dataset, wrong } = flipped(clean, 0.05)
    const issues = await findLabelIssues(backbone, dataset, { workers: 1, l2: 0.1 })
    const first = issues.slice(0, wrong.size)
    expect(new Set(first.map(({ index }) => index))).toEqual(wrong)
    for (const { index, source, given, suggested, selfConfidence, suggestedConfidence } of first) {
      expect([source, given, suggested]).toEqual([
        `image ${index}`,
        dataset.samples[index]!.label,
        clean.samples[index]!.label,
      ])
      expect(selfConfidence).toBeLessThan(suggestedConfidence)
    }
    const margins = issues.map((issue) => issue.selfConfidence - issue.suggestedConfidence)
    expect(margins).toEqual(margins.toSorted((a, b) => a - b))
  })

  test('are the same in every call, and features that are kept are not computed again', async () => {
    const { dataset } = flipped(await images(40, 2), 0.1)
    const options = { workers: 0, cacheFeatures: { directory } }
    let computed = 0
    const run = () => findLabelIssues(backbone, dataset, { ...options, onProgress: () => void computed++ })
    const once = await run()
    expect(computed).toBe(2)
    expect(await run()).toEqual(once)
    expect(computed).toBe(2)
    expect(await readdir(directory)).toEqual([expect.stringMatching(/^features-.*safetensors$/)])
  })

  test('are found beside an image that cannot be read, if it is skipped', async () => {
    const { dataset, wrong } = flipped(await images(60, 3), 0.05)
    const broken = {
      ...dataset,
      read: (index: number) => (index === 5 ? Promise.resolve(Uint8Array.of(1)) : dataset.read!(index)),
    }
    expect((await errorOf(findLabelIssues(backbone, broken, { workers: 0 }))).code).toBe('data/unreadable')
    const issues = await findLabelIssues(backbone, broken, { workers: 0, onError: 'skip' })
    expect(issues.slice(0, wrong.size).every(({ index }) => wrong.has(index))).toBe(true)
  })

  test('of a data set with one class are refused: nothing could be suggested', async () => {
    const one = {
      classes: ['a'],
      samples: [
        { source: 'a', label: 0 },
        { source: 'b', label: 0 },
      ],
    }
    expect((await errorOf(findLabelIssues(backbone, one))).message).toContain('classes must be at least two classes')
  })
})

const weights = sharedPath('data', 'resnet18-imagenet.safetensors')
const places = { hotdog: sharedPath('data', 'hotdog', 'test'), trashnet: sharedPath('data', 'trashnet', 'test') }
describe('wrong labels of photographs are found by an ImageNet network', () => {
  // Measured: [recall among twice as many first issues as labels are wrong, precision among as many].
  test.skipIf(!weights || !places.hotdog || !places.trashnet).each([
    ['hotdog', 0.6, 0.5],
    ['trashnet', 0.5, 0.4],
  ] as const)(
    '%s',
    async (name, recall, precision) => {
      const network = await loadBackbone('resnet18', { weights: weights!, imageSize: 112 })
      const all = await ImageFolder(places[name]!)
      const clean = { ...all, samples: all.samples.filter((_, i) => i % 2 === 0) }
      const { dataset, wrong } = flipped(clean, 0.05)
      const issues = await findLabelIssues(network, dataset)
      const found = (most: number) => issues.slice(0, most).filter(({ index }) => wrong.has(index)).length
      expect([found(2 * wrong.size) / wrong.size, found(wrong.size) / wrong.size]).toEqual([
        expect.toSatisfy((value: number) => value >= recall),
        expect.toSatisfy((value: number) => value >= precision),
      ])
    },
    300_000,
  )
})
