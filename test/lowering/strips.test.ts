import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { NO_CONTEXT } from '../../src/lowering/passes/pass.js'
import { computedInStrips } from '../../src/lowering/passes/strips/strips.js'
import type { GraphBuilder } from '../../src/onnx/builder.js'
import { type Graph, MS } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'
import { seededRandom } from '../../src/random.js'
import { expectAllClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'
import { officialResults, stepsOf, tensorsOf } from './blockedSupport.js'
import { graphOf } from './support.js'

const tensor = tensorsOf(seededRandom('strips'))
const ROWS = 50
const [NARROW, WIDE] = [8, 96]
/** Strips of 32 and 18 rows. */
const inTwo = computedInStrips((_, columns) => (columns === WIDE ? 2 : 1))

type Write = (g: GraphBuilder, x: string) => string

/** A network of rows that `write` computes, with logits at its end. */
function network(write: Write, [rows, narrow] = [ROWS, NARROW]): Graph {
  return graphOf((g) => {
    g.input('x', 'float32', [rows, narrow])
    g.output(product(g, write(g, product(g, 'x', narrow, narrow)), narrow, 3), 'float32', [rows, 3])
  })
}

function product(g: GraphBuilder, x: string, inputs: number, outputs: number, bias = false): string {
  const name = g.fresh('layer')
  const weight = g.initializer(`${name}.weight`, tensor(outputs, inputs))
  return g.op('Gemm', [x, weight, bias ? vector(g, `${name}.bias`, outputs) : undefined], { transB: 1 })
}

const vector = (g: GraphBuilder, name: string, size: number) =>
  g.initializer(name, float32(tensor(size, 1).data, [size]))

const widened =
  (activate: Write, [narrow, wide] = [NARROW, WIDE]): Write =>
  (g, x) =>
    product(g, activate(g, product(g, x, narrow, wide, true)), wide, narrow, true)

const gelu: Write = (g, x) => g.op('Gelu', [x], {}, { domain: MS })

/** The block of a transformer or of ConvNeXt. */
const block =
  (sizes?: [number, number]): Write =>
  (g, x) => {
    const width = sizes?.[0] ?? NARROW
    const inputs = [x, vector(g, 'scale', width), vector(g, 'shift', width)]
    const y = widened(gelu, sizes)(g, g.op('LayerNormalization', inputs))
    return g.op('Add', [x, g.op('Mul', [y, vector(g, 'layer_scale', width)])])
  }

const networks: Record<string, Graph> = {
  'a block with GELU, layer normalization and a residual': network(block()),
  'GELU by tanh': network(widened((g, x) => g.op('FastGelu', [x], {}, { domain: MS }))),
  ReLU: network(widened((g, x) => g.op('Relu', [x]))),
  'a gate': network(widened((g, x) => g.op('Mul', [x, g.op('Sigmoid', [x])]))),
  'two products of a wide matrix': network(
    widened((g, x) => g.op('Add', [gelu(g, x), product(g, gelu(g, x), WIDE, WIDE)])),
  ),
  'no bias': network((g, x) => product(g, gelu(g, product(g, x, NARROW, WIDE)), WIDE, NARROW)),
  // A mean over all rows needs every strip before the rows are read again.
  'rows that meet in the middle': network(
    widened((g, x) => {
      const y = gelu(g, x)
      return g.op('Mul', [y, g.op('ReduceMean', [y], { axes: [0], keepdims: 1 })])
    }),
  ),
  'a product with all rows': network(
    widened((g, x) => {
      const y = gelu(g, x)
      const mixed = g.op('MatMul', [g.initializer('mixer', tensor(ROWS, ROWS)), y])
      return [1, 2, 3].reduce((z) => gelu(g, product(g, z, WIDE, WIDE)), g.op('Add', [gelu(g, x), mixed]))
    }),
  ),
}

const trainingOf = (forward: Graph, outputs: readonly string[] = []) =>
  buildTrainingGraph(forward, {
    requiresGrad: [...forward.initializers.keys()].filter((name) => !name.includes('constant')),
    outputs,
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })

const feedsFor = (rows: number, columns: number): Record<string, Tensor> => ({
  x: tensor(rows, columns),
  labels: int64(Array.from({ length: rows }, (_, i) => i % 3)),
})

/** The values of a graph that have these sizes. */
function matricesOf(graph: Graph, rows: number, columns: number): string[] {
  const inferred = inferShapes(graph)
  const values = graph.nodes.flatMap(({ outputs }) => outputs)
  return values.filter((value) => `${inferred.info(value)?.shape}` === `${[rows, columns]}`)
}

describe('wide matrices in strips of rows', () => {
  test.for(Object.entries(networks))('%s: loss and gradients are the official ones', async ([name, forward]) => {
    const training = trainingOf(forward)
    const feeds = feedsFor(ROWS, NARROW)
    const { results, all } = await officialResults(training, forward, feeds)
    const shaped = inferShapes(training)
    const before = matricesOf(shaped, ROWS, WIDE).length
    const inStrips = inTwo.apply(shaped, NO_CONTEXT)
    const whole = matricesOf(inStrips, ROWS, WIDE)
    // All of them are gone, but those that other nodes need whole.
    if (name.includes('all rows') || name.includes('meet')) expect(whole.length).toBeLessThan(before)
    else expect(whole).toEqual([])
    expectAllClose(await runStock(lower(inStrips, { target: 'cpu' }), all), results, 1e-5)
  })

  test('a wide matrix that the graph puts out is whole', async () => {
    const forward = network(block())
    const wide = forward.nodes.find(({ opType }) => opType === 'Gelu')!.outputs[0]!
    const training = trainingOf(forward, [wide])
    const { results, all } = await officialResults(training, forward, feedsFor(ROWS, NARROW))
    const inStrips = inTwo.apply(inferShapes(training), NO_CONTEXT)
    expect(matricesOf(inStrips, ROWS, WIDE)).toEqual([wide])
    expectAllClose(await runStock(lower(inStrips, { target: 'cpu' }), all), results, 1e-5)
  })

  test('matrices that others read as often as their own nodes stay whole', () => {
    const training = inferShapes(
      trainingOf(network((g, x) => product(g, g.op('Softmax', [x], { axis: 0 }), NARROW, 8))),
    )
    const before = training.nodes.map(({ name }) => name)
    expect(
      computedInStrips(() => 2)
        .apply(training, NO_CONTEXT)
        .nodes.map(({ name }) => name),
    ).toEqual(before)
  })

  test('of the size of a transformer, on every target of a processor', async () => {
    const [rows, narrow, wide] = [2400, 256, 1024] as const
    const forward = network(block([narrow, wide]), [rows, narrow])
    const training = trainingOf(forward)
    const { results, all } = await officialResults(training, forward, feedsFor(rows, narrow))
    const plain = lower(training, { target: 'cpu' })
    expect(matricesOf(lower(training, { target: 'cpu', disable: ['strips'] }), rows, wide)).not.toEqual([])
    expect(matricesOf(plain, rows, wide)).toEqual([])
    for (const step of stepsOf(training, all)) expectAllClose(await runStock(step, all), results, 1e-5)
  })
})
