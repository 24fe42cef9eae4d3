import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { readModel } from '../../../src/onnx/format/read.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { float32, int64 } from '../../../src/onnx/graph/tensor.js'
import { sinkTransposes } from '../../../src/onnx/transform/sinkTransposes.js'
import { uniform } from '../../deploy/support.js'
import { expectAllClose } from '../../support/compare.js'
import { runStock } from '../../support/stockRuntime.js'
import { operators, vector } from './support.js'

const LAST = [0, 2, 3, 1]
const FIRST = [0, 3, 1, 2]
const plain = { session: { graphOptimizationLevel: 'disabled' } } as const

/** A builder whose input `x` [2, 3, 4, 5] has its channels last in `y`. */
function start() {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2, 3, 4, 5])
  return { g, x, y: g.op('Transpose', [x], { perm: LAST }) }
}

const back = (g: GraphBuilder, value: string) => g.op('Transpose', [value], { perm: FIRST })

/** Sinks the Transposes, expects the values of before, and returns the operators that are left. */
async function sunk(g: GraphBuilder, ...results: string[]): Promise<string[]> {
  for (const result of results) g.graph.outputs.push({ name: result, type: 'float32' })
  return operators(await same(g.graph, { x: uniform([2, 3, 4, 5], -2, 2, 'x') }))
}

async function same(graph: Graph, feeds: Parameters<typeof runStock>[1]): Promise<Graph> {
  const before = await runStock(graph, feeds, plain)
  const after = graph.clone()
  sinkTransposes(after)
  expectAllClose(await runStock(after, feeds, plain), before, 1e-6)
  return after
}

describe('between layers none is left', () => {
  test('where one undoes another', async () => {
    const { g, y } = start()
    expect(await sunk(g, g.op('Relu', [back(g, y)]))).toEqual(['Relu'])
  })

  test('behind operators of one value', async () => {
    const { g, y } = start()
    const clipped = g.op('Clip', [y, g.constant(float32([-1], [])), g.constant(float32([1], []))])
    expect(await sunk(g, g.op('Neg', [back(g, g.op('Sigmoid', [clipped]))]))).toEqual(['Clip', 'Sigmoid', 'Neg'])
  })

  test.each<[string, number[]]>([
    ['channels', [3]],
    ['one axis of four', [1, 1, 1, 3]],
    ['rows', [4, 1, 1]],
    ['a single number', [1]],
  ])('behind products with a constant of %s, on either side', async (_, dims) => {
    const { g, y } = start()
    const weight = g.initializer('weight', uniform(dims, -1, 1, 'weight'))
    const product = g.op('Sub', [g.op('Mul', [y, weight]), weight])
    expect(await sunk(g, g.op('Neg', [back(g, g.op('Div', [weight, product]))]))).toEqual(['Mul', 'Sub', 'Div', 'Neg'])
  })

  test('behind sums of values with the same axes', async () => {
    const { g, x, y } = start()
    const other = g.op('Transpose', [g.op('Exp', [x])], { perm: LAST })
    expect(await sunk(g, g.op('Neg', [back(g, g.op('Add', [y, other]))]))).toEqual(['Exp', 'Add', 'Neg'])
  })

  test('behind padding', async () => {
    const { g, y } = start()
    const pads = g.constant(int64([0, 2, 1, 0, 0, 0, 3, 0]))
    expect(await sunk(g, g.op('Neg', [back(g, g.op('Pad', [y, pads]))]))).toEqual(['Pad', 'Neg'])
  })

  test.each([
    ['means whose axes are kept', 'ReduceMean', 1, [1, 2]],
    ['maxima whose axes are kept, counted from the end', 'ReduceMax', 1, [-3, -2]],
    ['means whose axes are dropped', 'ReduceMean', 0, [1, 2]],
  ] as const)('behind %s', async (_, operator, keepdims, axes) => {
    const { g, y } = start()
    g.graph.opsets.set('', 13)
    const reduced = g.op(operator, [y], { axes: [...axes], keepdims })
    expect(await sunk(g, g.op('Neg', [keepdims ? back(g, reduced) : reduced]))).toEqual([operator, 'Neg'])
  })

  test('behind maxima whose axes are an input', async () => {
    const { g, y } = start()
    const reduced = g.op('ReduceMax', [y, g.constant(int64([1, 2]))], { keepdims: 0 })
    expect(await sunk(g, g.op('Neg', [reduced]))).toEqual(['ReduceMax', 'Neg'])
  })

  test('of a file of tf2onnx, whose Transposes are undone again by ones put around its layers', async () => {
    const url = new URL('../../golden/tf2onnx/mobile.onnx', import.meta.url)
    const read = readModel(readFileSync(url))
    const graph = wrapped(read)
    const feeds = { image: uniform([4, 16, 16, 3], 0, 255, 'image') }
    const image = read.inputs[0]!.name
    expect(operators(graph).filter((name) => name === 'Transpose').length).toBeGreaterThan(20)
    const left = await same(graph, { [image]: feeds.image })
    // The one in front of the first convolution: the input has its channels last.
    expect(operators(left).filter((name) => name === 'Transpose')).toHaveLength(1)
  })
})

/** Turns the results of convolutions and of what follows them to channels last and back. */
function wrapped(read: Graph): Graph {
  const graph = read.clone()
  const turned = new Set(['Conv', 'Clip', 'Mul', 'Add', 'HardSigmoid', 'Pad'])
  let afterConv = false
  const nodes = graph.nodes
  graph.nodes = []
  const g = new GraphBuilder(graph)
  for (const node of nodes) {
    afterConv ||= node.opType === 'Conv'
    const isMap = afterConv && turned.has(node.opType) && !node.name.includes('head')
    if (!isMap) {
      graph.nodes.push(node)
      continue
    }
    const [output] = node.outputs as [string]
    const inner = g.fresh(`${output}/inner`)
    graph.nodes.push({ ...node, outputs: [inner] })
    g.op('Transpose', [g.op('Transpose', [inner], { perm: LAST })], { perm: FIRST }, { outputs: [output] })
  }
  return graph
}

describe('one is left', () => {
  test('in front of a layer that looks along an axis', async () => {
    const { g, y } = start()
    expect(await sunk(g, g.op('Softmax', [g.op('Relu', [y])], { axis: -1 }))).toEqual(['Relu', 'Transpose', 'Softmax'])
  })

  test('in front of a sum with another layout or with a constant of two axes', async () => {
    for (const other of [
      (g: GraphBuilder) => g.op('Reshape', ['x', g.constant(int64([2, 4, 5, 3]))]),
      (g: GraphBuilder) => g.initializer('map', uniform([5, 3], -1, 1, 'map')),
    ]) {
      const { g, y } = start()
      expect(await sunk(g, g.op('Add', [y, other(g)]))).toContain('Transpose')
    }
  })

  test('in front of a mean whose result has its axes in another order', async () => {
    const { g, y } = start()
    g.graph.opsets.set('', 13)
    expect(await sunk(g, g.op('ReduceMean', [y], { axes: [0], keepdims: 0 }))).toEqual(['Transpose', 'ReduceMean'])
  })

  test('where the result itself has the axes', async () => {
    const { g, x, y } = start()
    const twice = g.op('Transpose', [g.op('Transpose', [y], { perm: FIRST })], { perm: LAST })
    expect(await sunk(g, g.op('Relu', [twice]), g.op('Relu', [x]))).toEqual(['Relu', 'Transpose', 'Relu'])
  })
})

test('a constant with other readers stays as it is for them', async () => {
  const { g, y } = start()
  const weight = g.initializer('weight', vector(1, 2, 3))
  const moved = back(g, g.op('Mul', [y, weight]))
  await sunk(g, g.op('Neg', [moved]), g.op('Mul', [weight, weight]))
  expect(g.graph.initializers.get('weight')!.dims).toEqual([3])
})
