import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { blockedFilters, fromBlocked, toBlocked } from '../../src/lowering/blocked/layout.js'
import { lower } from '../../src/lowering/lower.js'
import { float32, int64, type Tensor } from '../../src/onnx/tensor.js'
import { random } from '../../src/random.js'
import { cosine, relativeError } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

const BLOCK = 16

/** A narrow ResNet-18 in training: every form of the blocked layout in one graph. */
async function network(imageSize: number, batch: number, seed: number) {
  const { graph, parameters } = await loadBackbone('resnet18', { weights: 'none', imageSize, width: BLOCK, classes: 3 })
  const source = random('blocked', seed)
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

describe('the blocked layout', () => {
  test.each([
    { imageSize: 64, batch: 16, seed: 0 },
    { imageSize: 64, batch: 3, seed: 1 },
    { imageSize: 96, batch: 20, seed: 2 },
    { imageSize: 224, batch: 1, seed: 0 },
  ])('trains as the standard layout does: $imageSize pixels, batch of $batch', async ({ imageSize, batch, seed }) => {
    const { training, feeds } = await network(imageSize, batch, seed)
    const expected = await runStock(lower(training, { target: 'cpu' }), feeds)
    const layouts = blockedFilters(training, BLOCK)
    const blockedFeeds = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => {
        const layout = layouts.get(name)
        return [name, layout ? toBlocked(tensor as Tensor<'float32'>, layout) : tensor]
      }),
    )
    const lowered = lower(training, { target: 'cpu-blocked16', batchSize: batch })
    const actual = await runStock(lowered, blockedFeeds)
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
    const worst = Object.entries(expected).map(([name, tensor]) => {
      const layout = layouts.get(name.replace(/_grad$/, ''))
      const ours = layout ? fromBlocked(actual[name] as Tensor<'float32'>, layout) : actual[name]!
      return { name, error: relativeError(ours, tensor), cosine: tensor.data.length > 1 ? cosine(ours, tensor) : 1 }
    })
    // Where a pre-activation lies within rounding of zero, the two may fall on different sides of a ReLU.
    const bad = worst.filter(({ error, cosine }) => !(error < 1e-4) || !(cosine > 0.99999))
    expect(bad).toEqual([])
  })
})
