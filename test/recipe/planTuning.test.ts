import { describe, expect, test } from 'vitest'
import { planTuning, type TrainingSize } from '../../src/recipe/planTuning.js'

const [large, small] = [
  { imageSize: 224, imagesPerSecond: 20 },
  { imageSize: 160, imagesPerSecond: 40 },
]
const plan = (
  images: number,
  seconds: number,
  others: { epochs?: number; fewest?: number; sizes?: TrainingSize[] } = {},
) => planTuning({ images, fewest: 10, evaluation: 80, sizes: [large], seconds, ...others })

describe('the plan of a training of all layers', () => {
  test('gives few images many epochs and trials, and many images few', () => {
    expect(plan(60, 1e6)).toMatchObject({ epochs: 19, trials: 5, refit: true })
    expect(plan(200, 1e6)).toMatchObject({ epochs: 11, trials: 2, refit: true })
    expect(plan(1000, 1e6)).toMatchObject({ epochs: 8, trials: 1, refit: true })
  })

  test('keeps the weights of a trial where there is no time for another training, then has fewer epochs', () => {
    expect(plan(1000, 720)).toMatchObject({ epochs: 8, trials: 1, refit: false })
    expect(plan(1000, 300)).toMatchObject({ epochs: 5, trials: 1, refit: false })
    expect(plan(1000, 30)).toMatchObject({ epochs: 0, trials: 0, refit: false })
  })

  test('has smaller images where there is no time for large ones at all', () => {
    const sizes = [large, small]
    expect(plan(1000, 1200, { sizes })).toMatchObject({ imageSize: 224, epochs: 8, trials: 1, refit: true })
    expect(plan(1000, 720, { sizes })).toMatchObject({ imageSize: 224, epochs: 8, trials: 1, refit: false })
    expect(plan(1000, 300, { sizes })).toMatchObject({ imageSize: 160, epochs: 8, trials: 1, refit: false })
    expect(plan(1000, 150, { sizes })).toMatchObject({ imageSize: 160, epochs: 5, trials: 1, refit: false })
  })

  test('fits into the time', () => {
    for (const images of [20, 120, 800, 5000])
      for (const seconds of [60, 600, 3600]) expect(plan(images, seconds).seconds).toBeLessThanOrEqual(0.85 * seconds)
  })

  test('has the number of epochs that is asked for, or trains the head alone', () => {
    expect(plan(1000, 1e6, { epochs: 3 })).toMatchObject({ epochs: 3, trials: 1, refit: true })
    expect(plan(1000, 200, { epochs: 3 })).toMatchObject({ epochs: 3, trials: 1, refit: false })
    expect(plan(1000, 60, { epochs: 3 })).toMatchObject({ epochs: 0 })
    expect(plan(1000, 1e6, { epochs: 0 })).toMatchObject({ epochs: 0, trials: 0 })
  })

  test('leaves a class of one image nothing to measure on', () => {
    expect(plan(1000, 1e6, { fewest: 1 })).toMatchObject({ epochs: 0, trials: 0 })
  })
})
