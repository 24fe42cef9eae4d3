import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { drawBeta } from '../../src/finetune/batches/drawBeta.js'
import { cutMixture, type Mixture, mixImages, mixLabels } from '../../src/finetune/batches/mixImages.js'
import { float32, int64 } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { expectClose } from '../support/compare.js'

interface Case {
  readonly kind: 'mixup' | 'cutmix'
  readonly images: number[]
  readonly labels: number[]
  readonly mixed: number[]
  readonly targets: number[]
  readonly share: number
  readonly x: number
  readonly y: number
  readonly box: number[]
  readonly adjusted: number
}
const { classes, dims, cases } = JSON.parse(
  readFileSync(new URL('../golden/mixing/mixing.json', import.meta.url), 'utf8'),
) as { classes: number; dims: number[]; cases: Case[] }
const [count = 0, , height = 0, width = 0] = dims

describe("mixed batches are torchvision's", () => {
  test.each(cases)('$kind, $share of the image itself', ({ kind, images, labels, mixed, targets, ...drawn }) => {
    const mixture: Mixture =
      kind === 'mixup' ? { share: drawn.share } : cutMixture(drawn.share, { ...drawn, width, height })
    if (kind === 'cutmix') {
      expect(Object.values(mixture.box!)).toEqual(drawn.box)
      expect(mixture.share).toBeCloseTo(drawn.adjusted, 6)
    }
    const batch = float32(images, dims)
    mixImages(batch, mixture)
    expectClose(batch, float32(mixed, dims), kind === 'cutmix' ? 0 : 1e-6, 'images')
    const results = mixLabels(int64(labels), classes, mixture)
    expectClose(results.targets, float32(targets, [count, classes]), 1e-6, 'targets')
    const own = mixture.share >= 0.5
    expect([...results.labels.data].map(Number)).toEqual(labels.map((label, i) => (own ? label : labels.at(i - 1))))
  })

  test('a batch of one image stays as it is', () => {
    const image = float32([1, 2, 3, 4], [1, 1, 2, 2])
    mixImages(image, { share: 0.25 })
    mixImages(image, cutMixture(0.5, { x: 1, y: 1, width: 2, height: 2 }))
    expect([...image.data]).toEqual([1, 2, 3, 4])
  })
})

test.each([0.1, 0.2, 1, 4])('the beta distribution of %d has its moments and its symmetry', (alpha) => {
  const random = seededRandom('beta', alpha)
  const draws = Array.from({ length: 20_000 }, () => drawBeta(alpha, random))
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length
  expect(mean).toBeCloseTo(0.5, 1.7)
  expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2)
  expect(draws.every((x) => x >= 0 && x <= 1)).toBe(true)
})
