import { describe, expect, test } from 'vitest'
import { findLearningRate, type LearningRateStep } from '../../src/finetune/findLearningRate.js'
import { smoothed, suggestionsOf } from '../../src/finetune/record/learningRateCurve.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { failure, images, smallModel, tensorsOf } from './support/smallRun.js'

const train = await images(16, 0)

test('a search ends when the loss explodes, suggests rates between, and restores the model', async () => {
  const model = await smallModel()
  const before = { tensors: tensorsOf(model), preprocessing: model.preprocessing }
  const optimizer = sgd(paramGroups(model, { lr: 0.5, headLrMultiplier: 2 }))
  const options = { train, optimizer, batchSize: 4, startRate: 1e-4, endRate: 1e6, steps: 60, workers: 0, threads: 1 }
  const told: number[][] = []
  const onStep = ({ step, steps, rate, loss }: LearningRateStep) => told.push([step, steps, rate, loss])
  const { rates, losses, smoothed: means, valley, steep } = await findLearningRate(model, { ...options, onStep })
  expect({ tensors: tensorsOf(model), preprocessing: model.preprocessing }).toEqual(before)
  expect(losses.length).toBeLessThan(60)
  expect(rates).toHaveLength(losses.length)
  expect(told).toEqual(losses.map((loss, i) => [i + 1, 60, rates[i], loss]))
  expect(means).toEqual(smoothed(losses))
  expect(rates[0]).toBeCloseTo(1e-4, 10)
  expect(rates[1]! / rates[0]!).toBeCloseTo(10 ** (10 / 59), 10)
  for (const rate of [valley, steep]) expect(rates).toContain(rate)
})

describe('suggestions', () => {
  const rates = Array.from({ length: 100 }, (_, i) => 10 ** (-5 + i / 20))

  test('are a third into the descent, and its steepest place', () => {
    // Flat, then a slope that is steepest at 50, then up.
    const losses = rates.map((_, i) => (i < 80 ? 1 / (1 + Math.exp((i - 50) / 5)) : 1 + i))
    const { valley, steep } = suggestionsOf(rates, losses, 100)
    // Steps 10 to 79 fall: a third and a half of a third of these 70.
    expect(valley).toBe(rates[10 + 23 - 1 + 11])
    expect(rates.indexOf(steep!)).toBeGreaterThanOrEqual(49)
    expect(rates.indexOf(steep!)).toBeLessThanOrEqual(50)
  })

  test('are none for a curve that is too short', () => {
    expect(suggestionsOf(rates.slice(0, 12), rates.slice(0, 12), 100)).toEqual({})
  })

  test('come from means without bias', () => {
    expect(smoothed([2, 2, 2])).toEqual([2, 2, 2].map((x) => expect.closeTo(x, 12)))
    expect(smoothed([1, 3])[1]).toBeCloseTo((0.98 * 1 + 3) / 1.98, 12)
  })
})

test('a range that is none is refused', async () => {
  const model = await smallModel()
  const optimizer = sgd(paramGroups(model, { lr: 1 }))
  expect(await failure(findLearningRate(model, { train, optimizer, startRate: 1, endRate: 1 }))).toMatchObject({
    code: 'options/invalid',
    facts: { option: 'findLearningRate: endRate' },
  })
  const more = { train, optimizer, epochs: 3 }
  expect(await failure(findLearningRate(model, more))).toMatchObject({
    code: 'options/invalid',
    facts: { option: 'findLearningRate: epochs' },
  })
})
