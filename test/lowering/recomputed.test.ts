import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { type Graph, indexGraph, MS } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { nodesBehind } from '../../src/onnx/transform/reachability.js'
import { seededRandom } from '../../src/random.js'
import { expectAllClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { officialResults, stepsOf, tensorsOf } from './blockedSupport.js'
import { graphOf } from './support.js'

/** The width of values and products: with fewer columns, values are kept. */
const WIDTH = 512
const tensor = tensorsOf(seededRandom('recomputed'))
const feeds: Record<string, Tensor> = { x: tensor(5, WIDTH), labels: int64([0, 1, 2, 1, 0]) }

/** A network of x: a product before the values that `write` makes of its result, and one after them. */
function network(write: (g: GraphBuilder, product: (of: string) => string) => string): Graph {
  return graphOf((g) => {
    g.input('x', 'float32', ['N', WIDTH])
    let count = 0
    const product = (of: string) => g.op('Gemm', [of, g.initializer(`w${++count}`, tensor(WIDTH, WIDTH))])
    const end = g.op('Gemm', [write(g, product), g.initializer('fc', tensor(WIDTH, WIDTH))])
    g.output(end, 'float32', ['N', WIDTH])
  })
}

const vector = (g: GraphBuilder, name: string) => g.initializer(name, float32(tensor(WIDTH, 1).data, [WIDTH]))
const gelu = (g: GraphBuilder, x: string) => g.op('Gelu', [x], {}, { domain: MS })

const networks: Record<string, Graph> = {
  GELU: network((g, product) => gelu(g, product('x'))),
  'GELU approximated by tanh': network((g, product) => g.op('FastGelu', [product('x')], {}, { domain: MS })),
  'layer normalization': network((g, product) =>
    g.op('LayerNormalization', [product('x'), vector(g, 'scale'), vector(g, 'bias')]),
  ),
  'layer normalization without a bias': network((g, product) =>
    g.op('LayerNormalization', [product('x'), vector(g, 'scale')]),
  ),
}

const trainingOf = (forward: Graph) =>
  buildTrainingGraph(forward, {
    requiresGrad: [...forward.initializers.keys()],
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })

/** Returns the values that the network computes and gradients read: those that stay in memory. */
function keptOf(forward: Graph, lowered: Graph): string[] {
  const { producer, consumers } = indexGraph(lowered)
  const loss = nodesBehind(lowered, [lowered.outputs[0]!.name])
  return forward.nodes
    .flatMap(({ outputs }) => outputs)
    .filter((value) => loss.has(producer.get(value)!) && consumers.get(value)!.some((node) => !loss.has(node)))
}

async function expectOfficialGradients(forward: Graph): Promise<void> {
  const training = trainingOf(forward)
  const { results, all } = await officialResults(training, forward, feeds)
  for (const step of stepsOf(training, feeds)) expectAllClose(await runStock(step, all), results, 1e-5)
}

describe('values that are computed again in the backward pass', () => {
  test.for(Object.entries(networks))(
    '%s: the weight gradient reads them, and is the official one',
    async ([, forward]) => {
      const [input, value] = forward.nodes.map(({ outputs }) => outputs[0]!)
      const training = trainingOf(forward)
      expect(keptOf(forward, lower(training, { target: 'cpu', disable: ['recomputed'] }))).toContain(value)
      const kept = keptOf(forward, lower(training, { target: 'cpu' }))
      expect(kept).toContain(input)
      expect(kept).not.toContain(value)
      await expectOfficialGradients(forward)
    },
  )

  test('two values whose product is taken: each is read by the gradient of the other', async () => {
    await expectOfficialGradients(network((g, product) => g.op('Mul', [gelu(g, product('x')), gelu(g, product('x'))])))
  })

  test('two layer normalizations and two forms of GELU of one value, each its own', async () => {
    await expectOfficialGradients(
      network((g, product) => {
        const x = product('x')
        const normalized = ['a', 'b'].map((name) =>
          product(g.op('LayerNormalization', [x, vector(g, `${name}.scale`), vector(g, `${name}.bias`)])),
        )
        const active = [gelu(g, x), g.op('FastGelu', [x], {}, { domain: MS })].map(product)
        return g.op('Sum', [...normalized, ...active])
      }),
    )
  })

  test('but not behind a narrow product, which takes hardly longer than that', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', WIDTH])
    const narrow = g.op('Gemm', [gelu(g, g.op('Gemm', ['x', g.initializer('w', tensor(WIDTH, WIDTH))])), 'fc'])
    g.initializer('fc', tensor(WIDTH, WIDTH - 1))
    g.output(narrow, 'float32', ['N', WIDTH - 1])
    expect(keptOf(g.graph, lower(trainingOf(g.graph), { target: 'cpu' }))).toEqual(['Gemm_1', 'Gelu_2'])
  })

  test('a value that is read by layers one after the other', async () => {
    const residual = network((g, product) => {
      const first = gelu(g, product('x'))
      return g.op('Add', [gelu(g, product(gelu(g, product(first)))), first])
    })
    await expectOfficialGradients(residual)
    const kept = keptOf(residual, lower(trainingOf(residual), { target: 'cpu' }))
    expect(kept.map((value) => value.replace(/_.*/, ''))).toEqual(['Gemm', 'Gemm', 'Gemm', 'Add'])
  })
})
