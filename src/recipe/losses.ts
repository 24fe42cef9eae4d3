import { calibrate } from '../calibration/calibrate.js'
import { float32 } from '../onnx/graph/tensor.js'
import { logSumExp } from '../probe/softmaxObjective.js'

/** Returns the cross-entropy of each image at the temperature that makes the mean lowest. */
export function lossesOf(logits: Float32Array | Float64Array, labels: readonly number[], classes: number): number[] {
  const { temperature } = calibrate(float32(Float32Array.from(logits), [labels.length, classes]), labels)
  const scaled = Float64Array.from(logits, (logit) => logit / temperature)
  return labels.map((label, image) => {
    const row = scaled.subarray(image * classes, (image + 1) * classes)
    return logSumExp(row) - row[label]!
  })
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Tells whether losses are higher than others of the same images, by more than the standard error of the difference. */
export function isWorse(losses: readonly number[], others: readonly number[]): boolean {
  const differences = losses.map((loss, image) => loss - others[image]!)
  const difference = mean(differences)
  const variance = mean(differences.map((value) => (value - difference) ** 2))
  return difference > Math.sqrt(variance / losses.length)
}
