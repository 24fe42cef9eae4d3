import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { softmaxRows } from '../probe/softmaxObjective.js'

/**
 * Computes the mean over views of softmax(logits / temperature).
 *
 * @param views the logits of each view, float32 [n, classes]
 */
export function meanProbabilities(views: readonly Tensor<'float32'>[], temperature: number): Tensor<'float32'> {
  const [{ dims }] = views as [Tensor<'float32'>]
  const sums = new Float64Array(dims[0]! * dims[1]!)
  for (const { data } of views) {
    const scaled = Float64Array.from(data, (logit) => logit / temperature)
    for (const [at, probability] of softmaxRows(scaled, dims[1]!).entries()) sums[at]! += probability
  }
  return float32(
    Float32Array.from(sums, (sum) => sum / views.length),
    dims,
  )
}
