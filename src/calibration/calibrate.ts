import { checkArgument, isWhole, type Kind } from '../arguments.js'
import { tensorKind } from '../onnx/graph/kinds.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { logSumExp } from '../probe/softmaxObjective.js'
import { calibrationError } from './calibrationError.js'

/** The temperature of a classifier, and its effect on the examples that it was fitted to. */
export interface TemperatureFit {
  /** The number that logits are divided by before the softmax: above 1 for a network that is too sure. */
  readonly temperature: number
  /** The mean cross entropy at temperature 1, and at the fitted one. */
  readonly loss: BeforeAndAfter
  /** The expected calibration error, from 0 to 1. */
  readonly calibrationError: BeforeAndAfter
}

export interface BeforeAndAfter {
  readonly before: number
  readonly after: number
}

/**
 * The least and the largest temperature. Examples that are all classified correctly would have the temperature 0, and
 * logits that say nothing about the labels an infinite one.
 */
const [LEAST, LARGEST] = [0.25, 20]

/**
 * Fits a temperature (Guo et al., 2017, arXiv 1706.04599): the number T from 0.25 to 20 for which softmax(logits / T)
 * has the lowest mean cross entropy. The order of classes does not change. The loss is convex in 1 / T, so bisection of
 * its derivative finds the minimum.
 *
 * @param logits float32 [n, classes], of images that the network was not trained on
 * @param labels the index of the class of each
 * @throws FineTuneError 'options/invalid'
 */
export function calibrate(logits: Tensor<'float32'>, labels: ArrayLike<number>): TemperatureFit {
  checkArgument('calibrate: logits', logits, logitsKind)
  checkArgument('calibrate: labels', labels, labelsOf(logits))
  const rows = rowsOf(logits)
  const temperature = fitTemperature(rows, labels)
  const both = (measure: (scaled: readonly Float64Array[]) => number) => ({
    before: measure(rows),
    after: measure(rows.map((row) => row.map((logit) => logit / temperature))),
  })
  return {
    temperature,
    loss: both((scaled) => crossEntropy(scaled, labels)),
    calibrationError: both((scaled) => calibrationErrorOf(scaled, labels)),
  }
}

export const logitsKind: Kind = {
  expected: 'a float32 tensor [n, classes] of finite numbers, with at least one row',
  is: (value) => {
    if (!tensorKind.is(value)) return false
    const { type, dims, data } = value as Tensor
    return type === 'float32' && dims.length === 2 && data.length > 0 && (data as Float32Array).every(Number.isFinite)
  },
}

export const labelsOf = ({ dims: [rows = 0, classes = 0] }: Tensor): Kind => ({
  expected: `${rows} labels from 0 to ${classes - 1}, one for each row`,
  is: (value) => {
    const labels = Array.from(value as ArrayLike<unknown>)
    return labels.length === rows && labels.every((label) => isWhole(label) && label < classes)
  },
})

export function rowsOf({ data, dims }: Tensor<'float32'>): Float64Array[] {
  const [rows = 0, classes = 0] = dims
  return Array.from({ length: rows }, (_, i) => Float64Array.from(data.subarray(i * classes, (i + 1) * classes)))
}

function fitTemperature(rows: readonly Float64Array[], labels: ArrayLike<number>): number {
  let [low, high] = [1 / LARGEST, 1 / LEAST]
  if (slope(rows, labels, low) >= 0) return LARGEST
  if (slope(rows, labels, high) <= 0) return LEAST
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (slope(rows, labels, middle) < 0) low = middle
    else high = middle
  }
  return 2 / (low + high)
}

/** Computes the derivative of the mean cross entropy by 1 / T: mean logit under the probabilities - logit of the label. */
function slope(rows: readonly Float64Array[], labels: ArrayLike<number>, factor: number): number {
  let sum = 0
  for (const [i, row] of rows.entries()) {
    const total = logSumExp(row.map((logit) => factor * logit))
    const mean = row.reduce((part, logit) => part + Math.exp(factor * logit - total) * logit, 0)
    sum += mean - row[labels[i]!]!
  }
  return sum / rows.length
}

const crossEntropy = (rows: readonly Float64Array[], labels: ArrayLike<number>): number =>
  rows.reduce((sum, row, i) => sum + logSumExp(row) - row[labels[i]!]!, 0) / rows.length

function calibrationErrorOf(rows: readonly Float64Array[], labels: ArrayLike<number>): number {
  return calibrationError(
    rows.map((row, i) => {
      const label = predictedOf(row)
      return { score: Math.exp(row[label]! - logSumExp(row)), isCorrect: label === labels[i] }
    }),
  )
}

export const predictedOf = (row: Float64Array): number => row.indexOf(Math.max(...row))
