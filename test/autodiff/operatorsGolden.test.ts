import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { lower } from '../../src/lowering/lower.js'
import { type AttributeInput, GraphBuilder } from '../../src/onnx/builder.js'
import { type Graph, MS } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { decompose } from '../../src/onnx/transform/decompose/decompose.js'
import golden from '../golden/operators/operators.json' with { type: 'json' }
import { withGradients } from '../support/checkGradients.js'
import { expectClose } from '../support/compare.js'
import type { Feeds } from '../support/runtime.js'
import { runStock } from '../support/stockRuntime.js'
import { feeds } from './support/ruleCase.js'

interface GoldenTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: readonly number[]
}

interface GoldenCase {
  readonly name: string
  readonly op: string
  readonly domain: string
  readonly opset: number
  readonly attributes: Readonly<Record<string, AttributeInput>>
  /** The inputs that get a gradient, and those behind them; null omits one. */
  readonly inputs: readonly GoldenTensor[]
  readonly constants: readonly (GoldenTensor | null)[]
  /** The places of all of these, in the order of the operator. */
  readonly order: readonly number[]
  readonly factors: readonly number[]
  readonly result: GoldenTensor
  readonly gradients: readonly (readonly number[])[]
}

const tensorOf = ({ type, dims, data }: GoldenTensor): Tensor =>
  type === 'int64' ? int64(data, dims) : float32(data, dims)

const loss = { type: 'crossEntropy', reduction: 'mean' } as const
const cases = golden.cases as unknown as readonly GoldenCase[]

describe('results and gradients of operators are those of torch', () => {
  test.each(cases.map((each) => [`${each.op}: ${each.name}`, each] as const))('%s', async (_, each) => {
    const { graph, requiresGrad } = graphOf(each)
    decompose(graph)
    const results = await trained(graph, requiresGrad, feeds, ['y'])
    expectClose(results.y, tensorOf(each.result), 3e-6, 'y')
    for (const [i, gradient] of each.gradients.entries())
      expectClose(results[`p${i}_grad`], float32(gradient, each.inputs[i]!.dims), 1e-5, `p${i}_grad`)
  })
})

function graphOf(each: GoldenCase): { graph: Graph; requiresGrad: string[] } {
  const g = new GraphBuilder()
  g.graph.opsets = new Map([['', each.opset]]).set(MS, 1)
  const requiresGrad = each.inputs.map((input, i) => g.initializer(`p${i}`, tensorOf(input)))
  const others = each.constants.map((constant) => (constant ? g.constant(tensorOf(constant)) : ''))
  const inputs = each.order.map((place) => [...requiresGrad, ...others][place])
  // TopK has two.
  const outputs = each.op === 'TopK' ? ['y', 'places'] : ['y']
  const y = g.op(each.op, inputs, each.attributes, { domain: each.domain, outputs })
  const scaled = g.op('Mul', [y, g.constant(float32(each.factors, each.result.dims))])
  g.output(g.op('Reshape', [scaled, g.ints(2, -1)], {}, { outputs: ['logits'] }), 'float32', [
    2,
    each.factors.length / 2,
  ])
  return { graph: g.graph, requiresGrad }
}

/** The gradients of a training step, and values of its forward pass. */
async function trained(graph: Graph, requiresGrad: readonly string[], given: Feeds, values: readonly string[]) {
  const training = buildTrainingGraph(graph, { requiresGrad, loss })
  const [shown, all] = withGradients(training, graph, given)
  const lowered = lower(shown, { target: 'cpu' })
  for (const name of values) lowered.outputs.push({ name, type: 'float32' })
  return runStock(lowered, all)
}

describe.each(['torchscript', 'dynamo'] as const)('a network that pads and resizes, as written by %s', (exporter) => {
  const { logits, gradients } = golden.network[exporter]
  const images = float32(golden.network.images, [2, 3, 12, 12])
  const path = fileURLToPath(new URL(`../golden/operators/padded.${exporter}.onnx`, import.meta.url))

  test('knows its paddings and has the gradients of torch', async () => {
    const { graph, parameters } = await loadOnnxBackbone(path)
    for (const { opType, inputs } of graph.nodes)
      if (opType === 'Pad') expect(graph.initializers.get(inputs[1]!)?.dims).toEqual([8])
    expect(parameters.toSorted()).toEqual(Object.keys(gradients).toSorted())
    const results = await trained(scored(graph), parameters, { input: images, labels: int64([0]) }, ['logits'])
    expectClose(results.logits, float32(logits, [2, 3]), 1e-5, 'logits')
    const slope = slopeOf(logits)
    for (const [name, gradient] of Object.entries(gradients)) {
      const expected = gradient.map((value) => value * slope)
      expectClose(results[`${name}_grad`], float32(expected, results[`${name}_grad`]!.dims), 2e-5, name)
    }
  })
})

/** The sum of products of the logits with 1, 2, 3, ..., beside a score of 0. */
function scored(network: Graph): Graph {
  const g = new GraphBuilder(network.clone(), 'scored/')
  const weighed = g.op('Mul', ['logits', g.constant(float32([1, 2, 3, 4, 5, 6], [2, 3]))])
  const sum = g.op('Reshape', [g.op('ReduceSum', [weighed], { keepdims: 0 }), g.ints(1, 1)])
  g.graph.outputs = []
  const pair = g.op('Concat', [sum, g.constant(float32([0], [1, 1]))], { axis: 1 }, { outputs: ['scores'] })
  g.output(pair, 'float32', [1, 2])
  return g.graph
}

/** The derivative of the loss by that score s, sigmoid(s) - 1. */
function slopeOf(logits: readonly number[]): number {
  const score = logits.reduce((sum, value, i) => sum + value * (i + 1), 0)
  return 1 / (1 + Math.exp(-score)) - 1
}
