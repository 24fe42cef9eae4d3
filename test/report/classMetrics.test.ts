import { expect, test } from 'vitest'
import { classMetrics } from '../../src/evaluation/metrics/classMetrics.js'
import { mostConfused } from '../../src/report/metrics/mostConfused.js'

const confusion = [
  [5, 1, 0],
  [2, 3, 0],
  [0, 4, 0],
]

// sklearn.metrics.precision_recall_fscore_support of these, except that a share of nothing is 0 there.
test('precision, recall, F1 and support of every class', () => {
  expect(classMetrics(confusion)).toEqual([
    { support: 6, precision: 5 / 7, recall: 5 / 6, f1: expect.closeTo(0.769231, 6) },
    { support: 5, precision: 3 / 8, recall: 3 / 5, f1: expect.closeTo(0.461538, 6) },
    { support: 4, precision: Number.NaN, recall: 0, f1: 0 },
  ])
})

test('the most frequent mistakes first', () => {
  expect(mostConfused(confusion, 2)).toEqual([
    { label: 2, predicted: 1, count: 4, share: 1 },
    { label: 1, predicted: 0, count: 2, share: 0.4 },
  ])
  expect(mostConfused([[3]], 9)).toEqual([])
})
