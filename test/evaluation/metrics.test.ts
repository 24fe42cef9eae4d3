import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  averagePrecision,
  classMetrics,
  confusionMatrix,
  evaluateProbabilities,
  float32,
  logLoss,
  precisionRecallCurve,
  reliability,
  rocAuc,
  rocCurve,
  topKAccuracy,
  wilsonInterval,
} from '../../src/index.js'

interface Golden {
  readonly probabilities: readonly number[]
  readonly labels: readonly number[]
  readonly classes: number
  readonly loss: number
  readonly accuracy: number
  readonly interval: readonly [number, number]
  readonly confusion: readonly (readonly number[])[]
  readonly top2: number
  readonly precision: readonly number[]
  readonly recall: readonly number[]
  readonly f1: readonly number[]
  readonly support: readonly number[]
  readonly auc: readonly number[]
  readonly macroAuc: number
  readonly averagePrecision: readonly number[]
  readonly calibrationError: number
  readonly calibrationCurve: { readonly score: readonly number[]; readonly accuracy: readonly number[] }
  readonly curves: readonly Record<'roc' | 'precisionRecall', Readonly<Record<string, readonly number[]>>>[]
}
const golden = JSON.parse(readFileSync(new URL('../golden/metrics/metrics.json', import.meta.url), 'utf8')) as Golden[]

const close = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 9)
}

describe.each(golden.map((one) => [`${one.labels.length} images, ${one.classes} classes`, one] as const))(
  'as scikit-learn has it: %s',
  (_, one) => {
    const { labels, classes } = one
    const probabilities = float32(one.probabilities, [labels.length, classes])

    test('confusion, precision, recall, F1, support', () => {
      const confusion = confusionMatrix(probabilities, labels)
      expect(confusion).toEqual(one.confusion)
      const metrics = classMetrics(confusion)
      for (const name of ['precision', 'recall', 'f1', 'support'] as const)
        close(
          metrics.map((of) => of[name]),
          one[name],
        )
    })

    test('accuracy, its interval, top-k, cross-entropy', () => {
      expect(topKAccuracy(probabilities, labels, 1)).toBeCloseTo(one.accuracy, 12)
      expect(topKAccuracy(probabilities, labels, 2)).toBeCloseTo(one.top2, 12)
      close(wilsonInterval(Math.round(one.accuracy * labels.length), labels.length), one.interval)
      expect(logLoss(probabilities, labels)).toBeCloseTo(one.loss, 6)
    })

    test('areas under the curves', () => {
      close(rocAuc(probabilities, labels).perClass, one.auc)
      expect(rocAuc(probabilities, labels).macro).toBeCloseTo(one.macroAuc, 6)
      close(averagePrecision(probabilities, labels).perClass, one.averagePrecision)
    })

    test('the curves, point by point', () => {
      for (const [label, expected] of one.curves.entries()) {
        const roc = rocCurve(probabilities, labels, label)
        expect(roc.thresholds[0]).toBe(Number.POSITIVE_INFINITY)
        for (const [name, values] of Object.entries({ ...roc, thresholds: roc.thresholds.slice(1) }))
          close(values, expected.roc[name]!)
        for (const [name, values] of Object.entries(precisionRecallCurve(probabilities, labels, label)))
          close(values, expected.precisionRecall[name]!)
      }
    })

    test('calibration error and reliability', () => {
      const { calibrationError, bins } = reliability(probabilities, labels)
      expect(calibrationError).toBeCloseTo(one.calibrationError, 9)
      const filled = bins.filter(({ count }) => count > 0)
      for (const name of ['score', 'accuracy'] as const)
        close(
          filled.map((bin) => bin[name]),
          one.calibrationCurve[name],
        )
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(labels.length)
    })

    test('all of them at once', () => {
      const names = Array.from({ length: classes }, (_, i) => `class ${i}`)
      const all = evaluateProbabilities(probabilities, labels, { classes: names, topK: 2 })
      expect(all).toMatchObject({
        examples: labels.length,
        accuracy: expect.closeTo(one.accuracy, 12),
        interval: one.interval.map((end) => expect.closeTo(end, 9)),
        topK: { k: 2, accuracy: expect.closeTo(one.top2, 12) },
        auc: expect.closeTo(one.macroAuc, 6),
        calibrationError: expect.closeTo(one.calibrationError, 9),
      })
      for (const [label, { name, auc, roc, precisionRecall }] of all.classes.entries()) {
        expect(name).toBe(names[label])
        expect(auc).toBeCloseTo(one.auc[label]!, 9)
        expect(roc).toEqual(rocCurve(probabilities, labels, label))
        expect(precisionRecall).toEqual(precisionRecallCurve(probabilities, labels, label))
      }
    })
  },
)

describe('what is not defined is NaN', () => {
  const probabilities = float32([0.7, 0.2, 0.1, 0.2, 0.7, 0.1], [2, 3])
  test('for a class without images, which the means leave out', () => {
    const { classes, auc, averagePrecision: mean } = evaluateProbabilities(probabilities, [0, 1])
    expect(classes.map((one) => one.auc)).toEqual([1, 1, Number.NaN])
    expect(classes[2]).toMatchObject({ support: 0, recall: Number.NaN, averagePrecision: Number.NaN })
    expect([auc, mean]).toEqual([1, 1])
  })

  test('for a class that is the only one', () => {
    expect(rocAuc(probabilities, [0, 0]).macro).toBeNaN()
  })

  test('for the interval of no images', () => {
    expect(wilsonInterval(0, 0)).toEqual([Number.NaN, Number.NaN])
  })
})

test('an interval reaches 0 and 1 where every image is classified alike', () => {
  expect(wilsonInterval(0, 10)[0]).toBe(0)
  expect(wilsonInterval(10, 10)[1]).toBe(1)
  expect(wilsonInterval(10, 10)[0]).toBeCloseTo(0.7224672, 6)
})

test('of equal scores the first class is the higher one, and a probability of 0 costs a finite loss', () => {
  const equal = float32([0.5, 0.5], [1, 2])
  expect([topKAccuracy(equal, [0], 1), topKAccuracy(equal, [1], 1), topKAccuracy(equal, [1], 2)]).toEqual([1, 0, 1])
  expect(confusionMatrix(equal, [1])).toEqual([
    [0, 0],
    [1, 0],
  ])
  expect(logLoss(float32([1, 0], [1, 2]), [1])).toBeCloseTo(126 * Math.log(2), 6)
})

test('wrong arguments are refused', () => {
  const probabilities = float32([1, 0], [1, 2])
  expect(() => rocCurve(probabilities, [0], 2)).toThrow('the index of a class, from 0 to 1')
  expect(() => logLoss(probabilities, [2])).toThrow('1 labels from 0 to 1')
  expect(() => topKAccuracy(probabilities, [0], 3)).toThrow('a whole number from 1 to 2')
  expect(() => wilsonInterval(3, 2)).toThrow('a whole number from 0 to 2')
  expect(() => evaluateProbabilities(probabilities, [0], { classes: ['a'] })).toThrow('classes')
})
