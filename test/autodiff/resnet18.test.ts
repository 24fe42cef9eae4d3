import { describe, expect, it } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { withGradients } from '../support/checkGradients.js'
import { cosine, relativeError } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { resnet18Golden } from '../support/resnet18Golden.js'

describe('the training graph of ResNet-18', async () => {
  const golden = resnet18Golden()
  const options = { weights: 'none', classes: golden.classes, imageSize: golden.size } as const
  const { graph: forward, parameters: requiresGrad } = await loadBackbone('resnet18', options)
  const shapes = new Map([...forward.initializers].map(([name, { dims }]) => [name, dims]))
  forward.initializers = golden.weights(shapes)
  const graph = buildTrainingGraph(forward, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'sum' } })

  it('consists of the operators that the official tool uses', () => {
    const operators = new Set(graph.nodes.map(({ opType }) => opType))
    expect([...operators].sort()).toEqual([
      ...['Add', 'BatchNormInternal', 'BatchNormalizationGrad', 'Conv', 'ConvGrad', 'Expand', 'Flatten', 'Gemm'],
      ...[
        'GlobalAveragePool',
        'InPlaceAccumulatorV2',
        'MaxPool',
        'MaxPoolGrad',
        'ReduceSum',
        'Relu',
        'ReluGrad',
        'Reshape',
      ],
      ...['Scale', 'Shape', 'SoftmaxCrossEntropyLoss', 'SoftmaxCrossEntropyLossGrad', 'Sum'],
    ])
  })

  it("has PyTorch's loss and PyTorch's 62 gradients on the official kernels", async () => {
    const feeds = { input: golden.images(0), labels: golden.labels(0) }
    const results = await runOfficial(...withGradients(graph, forward, feeds))
    const loss = Number(results[graph.outputs[0]!.name]!.data[0])
    expect(Math.abs(loss / golden.losses[0]! - 1)).toBeLessThan(1e-6)
    expect(requiresGrad).toHaveLength(62)
    for (const name of requiresGrad) {
      const picked = golden.pick(name, results[`${name}_grad`]!)
      const expected = golden.gradient(name).picked
      expect(cosine(picked, expected), name).toBeGreaterThan(0.99999)
      expect(relativeError(picked, expected), name).toBeLessThan(1e-4)
    }
  })
})
