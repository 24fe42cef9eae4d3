import { describe, expect, test } from 'vitest'
import { calibrate } from '../../src/calibration/calibrate.js'
import { calibrationError } from '../../src/calibration/calibrationError.js'
import { rejectionThreshold } from '../../src/calibration/rejectionThreshold.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'

/** Logits whose softmax at this temperature is the true probability of the labels, which are drawn from it. */
function drawn(count: number, temperature: number, classes = 4) {
  const random = seededRandom('calibrate', count)
  const logits = new Float32Array(count * classes)
  const labels = Array.from({ length: count }, (_, i) => {
    const row = Array.from({ length: classes }, () => 2 * random.normal())
    for (const [c, logit] of row.entries()) logits[i * classes + c] = logit * temperature
    const powers = row.map(Math.exp)
    const sums = powers.map((_, c) => powers.slice(0, c + 1).reduce((sum, power) => sum + power, 0))
    const at = random.next() * sums.at(-1)!
    return sums.findIndex((sum) => at < sum)
  })
  return { logits: float32(logits, [count, classes]), labels }
}

describe('a temperature', () => {
  test.each([0.5, 1, 3])('is found that labels were drawn with: %s', (temperature) => {
    const { logits, labels } = drawn(20_000, temperature)
    const fit = calibrate(logits, labels)
    // The standard error at 20,000 examples is about 1 %.
    expect(Math.abs(fit.temperature / temperature - 1)).toBeLessThan(0.05)
    expect(fit.loss.after).toBeLessThanOrEqual(fit.loss.before)
    expect(fit.calibrationError.after).toBeLessThan(0.02)
    if (temperature === 3) expect(fit.calibrationError.before).toBeGreaterThan(0.1)
  })

  test('is a minimum of the loss', () => {
    const { logits, labels } = drawn(500, 2)
    const { temperature, loss } = calibrate(logits, labels)
    const at = (factor: number) =>
      calibrate(
        float32(
          logits.data.map((logit) => logit / (temperature * factor)),
          logits.dims,
        ),
        labels,
      ).loss.before
    expect(at(1)).toBeCloseTo(loss.after, 6)
    expect(at(1.02)).toBeGreaterThan(at(1))
    expect(at(0.98)).toBeGreaterThan(at(1))
  })

  test('has limits where no minimum exists: all right, all wrong', () => {
    const logits = float32([1, 0, 0, 1], [2, 2])
    expect(calibrate(logits, [0, 1]).temperature).toBe(0.25)
    expect(calibrate(logits, [1, 0]).temperature).toBe(20)
  })

  test.each([
    ['labels that are too few', [0], 'calibrate: labels must be 2 labels from 0 to 1'],
    ['a label that is no class', [0, 2], 'calibrate: labels must be 2 labels from 0 to 1'],
  ])('refuses %s', (_, labels, says) => {
    expect(() => calibrate(float32([1, 0, 0, 1], [2, 2]), labels)).toThrow(says)
  })

  test('refuses logits that are not finite', () => {
    expect(() => calibrate(float32([1, Number.NaN], [1, 2]), [0])).toThrow('calibrate: logits must be')
  })
})

test('the calibration error is the mean difference of score and accuracy, by bins', () => {
  const scored = (score: number, hits: readonly boolean[]) => hits.map((isCorrect) => ({ score, isCorrect }))
  expect(calibrationError(scored(0.75, [true, true, true, false]))).toBeCloseTo(0, 12)
  expect(calibrationError(scored(1, [true, false]))).toBeCloseTo(0.5, 12)
  // 4 of 6 at 0.9 with accuracy 0.5, 2 of 6 at 0.5 with accuracy 1.
  const two = [...scored(0.9, [true, true, false, false]), ...scored(0.5, [true, true])]
  expect(calibrationError(two)).toBeCloseTo((4 / 6) * 0.4 + (2 / 6) * 0.5, 12)
})

describe('a rejection threshold', () => {
  const predictions = Array.from({ length: 100 }, (_, i) => ({ score: (i + 1) / 100, isCorrect: true }))
  const wrong = Array.from({ length: 50 }, () => ({ score: 0.001, isCorrect: false }))

  test.each([0.5, 0.9, 0.95, 0.99, 1])('keeps the share of the correct predictions: %s', (keep) => {
    const threshold = rejectionThreshold([...wrong, ...predictions], keep)
    expect(predictions.filter(({ score }) => score >= threshold).length / 100).toBeCloseTo(Math.max(keep, 0), 12)
  })

  test('rejects nothing where no prediction is correct', () => {
    expect(rejectionThreshold(wrong, 0.95)).toBe(-Number.MAX_VALUE)
  })
})
