import type { Model } from '../model/Model.js'
import { writeModel } from '../onnx/format/write.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { seededRandom } from '../random.js'
import type { Runtime } from '../runtime/runtime.js'
import { normalize } from '../transforms/normalize.js'
import { deployError } from './errors.js'
import { IMAGE, outputOf, type Precision } from './metadata.js'

/**
 * The tolerance of logits, relative to the largest. One rounding to float16 is up to 5e-4; a ResNet-18 reached 6e-4.
 */
const tolerance = { float32: 1e-4, float16: 1e-2 } as const
const IMAGES = 2

/**
 * Compares the logits of an exported file with those of the model's own graph, on two images of noise.
 *
 * @throws FineTuneError 'deploy/logits-differ'; the errors of the runtime
 */
export async function checkLogits(
  model: Model,
  file: Uint8Array,
  precision: Precision,
  runtime: Runtime,
): Promise<void> {
  const { image, input } = noise(model)
  const { inputs, outputs } = model.graph
  const feeds = { [inputs[0]!.name]: input }
  const expected = await runOnce(runtime, writeModel(model.graph), 'forward', feeds, outputs[0]!.name)
  const actual = await runOnce(runtime, file, 'exported', { [IMAGE]: image }, outputOf(model.task))
  const difference = relativeDifference(actual, expected)
  const allowed = tolerance[precision]
  // The comparison is false for NaN.
  if (!(difference <= allowed)) throw deployError('deploy/logits-differ', { precision, difference, allowed })
}

/** Makes uniform noise, as the exported file and as the network take it. */
function noise(model: Model): { image: Tensor<'float32'>; input: Tensor<'float32'> } {
  const { height, width } = model.inputSize
  const { mean, std } = model.preprocessing
  const size = 3 * height * width
  const dims = [IMAGES, 3, height, width]
  const source = seededRandom('exportClassifier')
  const image = float32(
    Float32Array.from({ length: IMAGES * size }, () => source.next()),
    dims,
  )
  const input = float32(new Float32Array(image.data.length), dims)
  for (let at = 0; at < image.data.length; at += size) {
    const one = float32(image.data.subarray(at, at + size), dims.slice(1))
    input.data.set(normalize(mean, std).apply(one, source).data, at)
  }
  return { image, input }
}

async function runOnce(
  runtime: Runtime,
  bytes: Uint8Array,
  label: string,
  feeds: Record<string, Tensor>,
  output: string,
): Promise<Tensor> {
  const session = await runtime.createSession(bytes, label)
  try {
    return (await session.run(feeds, { [output]: null }))[output]!
  } finally {
    await session.release()
  }
}

/** Returns max |a - b| / max |b|; NaN if either has one. */
function relativeDifference(actual: Tensor, expected: Tensor): number {
  const [a, b] = [actual.data as Float32Array, expected.data as Float32Array]
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let [difference, largest] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!))
    largest = Math.max(largest, Math.abs(b[i]!))
  }
  return difference === 0 ? 0 : difference / largest
}
