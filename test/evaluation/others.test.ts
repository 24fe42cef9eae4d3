import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bestThresholds, float32, labelMetrics, valueMetrics } from '../../src/index.js'

interface Labels {
  readonly probabilities: readonly number[]
  readonly targets: readonly number[]
  readonly labels: number
  readonly thresholds: readonly number[]
  readonly precision: readonly number[]
  readonly recall: readonly number[]
  readonly f1: readonly number[]
  readonly support: readonly number[]
  readonly micro: readonly number[]
  readonly macroF1: number
  readonly averagePrecision: readonly number[]
  readonly meanAveragePrecision: number
  readonly auc: readonly number[]
  readonly exact: number
  readonly accuracy: number
  readonly bestThresholds: readonly number[]
}
interface Values {
  readonly predictions: readonly number[]
  readonly targets: readonly number[]
  readonly values: number
  readonly mae: readonly number[]
  readonly rmse: readonly number[]
  readonly r2: readonly number[]
}
const golden = JSON.parse(readFileSync(new URL('../golden/metrics/others.json', import.meta.url), 'utf8')) as {
  readonly labels: readonly Labels[]
  readonly values: readonly Values[]
}

const close = (actual: readonly number[], expected: readonly number[], digits = 9) => {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits)
}

describe.each(golden.labels.map((one) => [one.labels, one] as const))('as scikit-learn has it: %i labels', (_, one) => {
  const dims = [one.targets.length / one.labels, one.labels]
  const [probabilities, targets] = [float32(one.probabilities, dims), float32(one.targets, dims)]

  test('precision, recall, F1, average precision, area under the ROC curve; their means', () => {
    const metrics = labelMetrics(probabilities, targets, { thresholds: one.thresholds })
    for (const name of ['precision', 'recall', 'f1', 'support', 'averagePrecision', 'auc'] as const)
      close(
        metrics.labels.map((label) => label[name]),
        one[name],
      )
    const { micro, f1, averagePrecision, exact, accuracy } = metrics
    close([micro.precision, micro.recall, micro.f1], one.micro)
    close([f1, averagePrecision, exact, accuracy], [one.macroF1, one.meanAveragePrecision, one.exact, one.accuracy])
  })

  test('the thresholds with the best F1', () => {
    close(bestThresholds(probabilities, targets), one.bestThresholds)
  })
})

test('errors of predicted numbers are those of scikit-learn', () => {
  for (const { predictions, targets, values, mae, rmse, r2 } of golden.values) {
    const dims = [targets.length / values, values]
    const metrics = valueMetrics(float32(predictions, dims), float32(targets, dims))
    for (const [name, expected] of Object.entries({ mae, rmse, r2 }))
      close(
        metrics.map((value) => value[name as 'mae']),
        expected,
        6,
      )
  }
})

test('a label that no image has, and targets without spread, have no measure', () => {
  const probabilities = float32([0.9, 0.1, 0.2, 0.8], [2, 2])
  const targets = float32([1, 0, 0, 0], [2, 2])
  const { labels, averagePrecision } = labelMetrics(probabilities, targets, { labels: ['a', 'b'] })
  expect(labels[1]).toMatchObject({ name: 'b', support: 0, precision: 0, recall: Number.NaN })
  expect(averagePrecision).toBe(1)
  expect(bestThresholds(probabilities, targets)[1]).toBe(0.5)
  expect(valueMetrics(float32([1, 2], [2, 1]), float32([3, 3], [2, 1]))[0]).toMatchObject({ mae: 1.5, r2: Number.NaN })
})

test('targets of another shape are refused', () => {
  const refused = expect.objectContaining({
    code: 'options/invalid',
    facts: expect.objectContaining({
      option: 'labelMetrics: targets',
      expected: 'a float32 tensor [1, 2] of finite numbers',
    }),
  })
  expect(() => labelMetrics(float32([1, 0], [1, 2]), float32([1], [1, 1]))).toThrow(refused)
})
