import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'

/** A narrow ResNet-18 in training: every form of the blocked layout in one graph. */
export async function narrowResnet(imageSize: number, batch: number, seed: number) {
  const { graph, parameters } = await loadBackbone('resnet18', { weights: 'none', imageSize, width: 16, classes: 3 })
  const source = seededRandom('blocked', seed)
  for (const [name, { dims, data }] of graph.initializers) {
    // Batch norm in general position: nothing is 0 or 1.
    if (/running_var|bn.*weight|downsample.1.weight/.test(name))
      graph.initializers.set(
        name,
        float32(
          (data as Float32Array).map(() => source.uniform(0.5, 1.5)),
          dims,
        ),
      )
    if (/running_mean|bn.*bias|downsample.1.bias/.test(name))
      graph.initializers.set(
        name,
        float32(
          (data as Float32Array).map(() => source.uniform(-0.5, 0.5)),
          dims,
        ),
      )
  }
  const training = buildTrainingGraph(graph, {
    requiresGrad: parameters,
    loss: { type: 'crossEntropy', reduction: 'sum' },
    outputs: ['logits'],
  })
  const feeds: Record<string, Tensor> = Object.fromEntries(
    [...graph.initializers].filter(([name]) => training.inputs.some((input) => input.name === name)),
  )
  const size = batch * 3 * imageSize * imageSize
  // Flat regions, so that windows of the pool have several maxima.
  const pixels = Float32Array.from({ length: size }, (_, i) => (i % 7 < 3 ? 1 : source.normal()))
  feeds.input = float32(pixels, [batch, 3, imageSize, imageSize])
  feeds.labels = int64(Array.from({ length: batch }, (_, i) => i % 3))
  return { training, feeds }
}
