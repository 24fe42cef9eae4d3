import { checkArgument, isWhole } from '../../arguments.js'
import { labelsOf, logitsKind } from '../../calibration/calibrate.js'
import type { Tensor } from '../../onnx/graph/tensor.js'

/**
 * Checks the probabilities [n, classes] of images, and the class of each image. A metric that only compares scores
 * takes logits as well.
 *
 * @param metric the name of the public function
 * @throws FineTuneError 'options/invalid'
 */
export function checkScores(metric: string, probabilities: Tensor<'float32'>, labels: ArrayLike<number>): void {
  checkArgument(`${metric}: probabilities`, probabilities, logitsKind)
  checkArgument(`${metric}: labels`, labels, labelsOf(probabilities))
}

/** Checks the index of a class. @throws FineTuneError 'options/invalid' */
export function checkClass(metric: string, label: number, { dims: [, classes = 0] }: Tensor<'float32'>): void {
  checkArgument(`${metric}: label`, label, {
    expected: `the index of a class, from 0 to ${classes - 1}`,
    is: (value) => isWhole(value) && value < classes,
  })
}

/** Returns the scores of each image: views. */
export function* rowsIn({ data, dims }: Tensor<'float32'>): Generator<Float32Array, void> {
  const [rows = 0, classes = 0] = dims
  for (let row = 0; row < rows; row++) yield data.subarray(row * classes, (row + 1) * classes)
}

/** Returns the index of the highest score of each image, the first of several. */
export const predictedLabels = (probabilities: Tensor<'float32'>): number[] =>
  Array.from(rowsIn(probabilities), (row) => row.indexOf(row.reduce((highest, score) => Math.max(highest, score))))

/** Computes the mean of those that are numbers; NaN if none is. */
export function meanOfKnown(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
