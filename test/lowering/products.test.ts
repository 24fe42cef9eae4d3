import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { type Graph, intAttribute } from '../../src/onnx/graph/graph.js'
import { int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'
import { seededRandom } from '../../src/random.js'
import { expectAllClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { officialResults, stepsOf, tensorsOf } from './blockedSupport.js'
import { graphOf } from './support.js'

const tensor = tensorsOf(seededRandom('products'))

/** Two layers, with `inputs` and `hidden` columns, over rows. */
function network(rows: number, inputs: number, hidden: number): Graph {
  return graphOf((g) => {
    g.input('x', 'float32', [rows, inputs])
    const layer = (name: string, x: string, columns: number, outputs: number) =>
      g.op('Gemm', [x, g.initializer(name, tensor(outputs, columns))], { transB: 1 })
    const end = layer('last', g.op('Tanh', [layer('first', 'x', inputs, hidden)]), hidden, 300)
    g.output(end, 'float32', [rows, 300])
  })
}

const trainingOf = (forward: Graph) =>
  buildTrainingGraph(forward, {
    requiresGrad: [...forward.initializers.keys()],
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })

const feedsFor = (rows: number, inputs: number): Record<string, Tensor> => ({
  x: tensor(rows, inputs),
  labels: int64(Array.from({ length: rows }, (_, i) => i % 300)),
})

/** The sides of its factors that the products of a graph transpose themselves. */
const transposedIn = ({ nodes }: Graph) =>
  nodes.flatMap((node) => ['A', 'B'].filter((side) => intAttribute(node, `trans${side}`, 0) === 1))

describe('products over many rows', () => {
  test.each([
    ['a layer with more outputs than inputs', 700, 200, 500],
    ['a layer with fewer', 700, 500, 200],
    ['short rows of weights', 300, 64, 200],
  ])(
    '%s: no product transposes a long factor, and gradients are the official ones',
    async (_, rows, inputs, hidden) => {
      const forward = network(rows, inputs, hidden)
      const training = trainingOf(forward)
      const { results, all } = await officialResults(training, forward, feedsFor(rows, inputs))
      const plain = lower(training, { target: 'cpu' })
      expect(transposedIn(lower(training, { target: 'cpu', disable: ['transposedFactors'] }))).toContain('A')
      expect(transposedIn(plain)).not.toContain('A')
      expect(transposedIn(plain).filter((side) => side === 'B')).toHaveLength(
        [inputs, hidden].filter((n) => n >= 256).length,
      )
      for (const step of stepsOf(training, all)) expectAllClose(await runStock(step, all), results, 1e-5)
    },
  )

  test('of two factors the narrow one is transposed, and the gradient of a layer with more outputs after it', () => {
    const graph = inferShapes(lower(trainingOf(network(700, 200, 500)), { target: 'cpu' }))
    const transposed = graph.nodes
      .filter(({ opType }) => opType === 'Transpose')
      .map(({ inputs }) => graph.info(inputs[0]!))
    const sizes = transposed.map((info) => info?.shape?.slice(1).join(' by '))
    expect(sizes.sort()).toEqual(['200 by 500', '500 by 200', '700 by 200', '700 by 300'])
  })

  test('few rows are left as they are', () => {
    const graph = lower(trainingOf(network(32, 200, 500)), { target: 'cpu' })
    expect(transposedIn(graph)).toEqual(['B', 'B', 'A', 'A'])
  })
})
