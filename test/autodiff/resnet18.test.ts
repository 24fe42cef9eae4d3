import { describe, expect, it } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import type { Loss } from '../../src/autodiff/loss.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { withGradients } from '../support/checkGradients.js'
import { cosine, relativeError } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { type GoldenTraining, resnet18Golden } from '../support/resnet18Golden.js'

describe('the training graph of ResNet-18', async () => {
  const golden = await resnet18Golden()
  const options = { weights: 'none', classes: golden.classes, imageSize: golden.size } as const
  const { graph: forward, parameters } = await loadBackbone('resnet18', options)
  const shapes = new Map([...forward.initializers].map(([name, { dims }]) => [name, dims]))
  forward.initializers = golden.weights(shapes)
  const loss: Loss = { type: 'crossEntropy', reduction: 'sum' }
  const feeds = { input: golden.images(0), labels: golden.labels(0) }

  it('consists of the operators that the official tool uses', () => {
    const graph = buildTrainingGraph(forward, { requiresGrad: parameters, loss })
    const operators = new Set(graph.nodes.map(({ opType }) => opType))
    expect([...operators].sort()).toEqual([
      ...['Add', 'BatchNormInternal', 'BatchNormalizationGrad', 'Conv', 'ConvGrad', 'Expand', 'Flatten', 'Gemm'],
      ...['GlobalAveragePool', 'InPlaceAccumulatorV2', 'MaxPool', 'MaxPoolGrad', 'ReduceSum', 'Relu', 'ReluGrad'],
      ...['Reshape', 'Scale', 'Shape', 'SoftmaxCrossEntropyLoss', 'SoftmaxCrossEntropyLossGrad', 'Sum'],
    ])
  })

  async function expectPyTorch(requiresGrad: readonly string[], expected: GoldenTraining): Promise<void> {
    const graph = buildTrainingGraph(forward, { requiresGrad, loss })
    const results = await runOfficial(...withGradients(graph, forward, feeds))
    const value = Number(results[graph.outputs[0]!.name]!.data[0])
    expect(Math.abs(value / expected.losses[0]! - 1)).toBeLessThan(1e-6)
    for (const name of requiresGrad) {
      const { picked } = expected.gradient(name)
      const actual = golden.pick(name, results[`${name}_grad`]!)
      expect(cosine(actual, picked), name).toBeGreaterThan(0.99999)
      expect(relativeError(actual, picked), name).toBeLessThan(1e-4)
    }
  }

  it("has PyTorch's loss and PyTorch's 62 gradients on the official kernels", async () => {
    expect(parameters).toHaveLength(62)
    await expectPyTorch(parameters, golden.full)
  })

  it('has them as well with everything before layer4 frozen', async () => {
    await expectPyTorch(
      parameters.filter((name) => /^(layer4|fc)/.test(name)),
      golden.frozen,
    )
  })
})
