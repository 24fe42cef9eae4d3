import { expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph, ValueInfo } from '../../../src/onnx/graph/graph.js'
import { extractGraph } from '../../../src/onnx/transform/extractGraph.js'
import { runStock } from '../../support/stockRuntime.js'
import { branch, operators, vector, yes } from './support.js'

const info = (name: string, shape: readonly number[] = [2]): ValueInfo => ({ name, type: 'float32', shape })

/** y = relu(x * w + shift) + (x * w), where shift is worked out from a constant. */
function network(): Graph {
  const g = new GraphBuilder()
  g.input('x', 'float32', [2])
  g.initializer('w', vector(2, -3))
  g.initializer('c', vector(1, 1))
  g.op('Neg', ['c'], {}, { outputs: ['shift'] })
  g.op('Mul', ['x', 'w'], {}, { outputs: ['product'] })
  g.op('Add', ['product', 'shift'], {}, { outputs: ['shifted'] })
  g.op('Relu', ['shifted'], {}, { outputs: ['positive'] })
  g.op('Add', ['positive', 'product'], {}, { outputs: ['y'] })
  g.output('y', 'float32', [2])
  return g.graph
}

test('two parts give what the whole gives; either has the constants and the nodes that it needs', async () => {
  const whole = network()
  const cut = [info('product'), info('shifted')]
  const front = extractGraph(whole, whole.inputs, cut)
  const tail = extractGraph(whole, cut, whole.outputs)
  expect([operators(front), [...front.initializers.keys()]]).toEqual([
    ['Neg', 'Mul', 'Add'],
    ['w', 'c'],
  ])
  expect([operators(tail), [...tail.initializers.keys()]]).toEqual([['Relu', 'Add'], []])
  const x = vector(3, 5)
  expect(await runStock(tail, await runStock(front, { x }))).toEqual(await runStock(whole, { x }))
})

test('the graph that it is taken from stays, and shares no node with the part', () => {
  const whole = network()
  const part = extractGraph(whole, [info('product')], [info('y')])
  part.nodes[0]!.inputs[0] = 'changed'
  expect(whole.nodes).toEqual(network().nodes)
  expect(whole.inputs.map(({ name }) => name)).toEqual(['x'])
})

test('an output that is an initializer, or given, needs no node', () => {
  const part = extractGraph(network(), [info('product')], [info('w'), info('product')])
  expect(part.nodes).toEqual([])
  expect([...part.initializers.keys()]).toEqual(['w'])
})

test('what a subgraph reads is computed', async () => {
  const g = new GraphBuilder(network())
  g.input('condition', 'bool', [])
  const same = (name: string) => branch(name, (inner) => inner.op('Neg', ['shifted']))
  g.op('If', ['condition'], { then_branch: same('then'), else_branch: same('else') }, { outputs: ['chosen'] })
  const part = extractGraph(
    g.graph,
    [info('product'), { name: 'condition', type: 'bool', shape: [] }],
    [info('chosen')],
  )
  expect(operators(part)).toEqual(['Neg', 'Add', 'If'])
  const { chosen } = await runStock(part, { product: vector(4, 6), condition: yes })
  expect([...(chosen!.data as Float32Array)]).toEqual([-3, -5])
})

test('a node is needed for one output while another of its outputs is given: the given one wins', async () => {
  const g = new GraphBuilder()
  g.input('x', 'float32', [4])
  g.ops('Split', ['x', g.ints(2, 2)], {}, { outputs: ['left', 'right'] })
  g.op('Sub', ['left', 'right'], {}, { outputs: ['y'] })
  g.output('y', 'float32', [2])
  const part = extractGraph(g.graph, [info('x', [4]), info('left')], g.graph.outputs)
  const { y } = await runStock(part, { x: vector(1, 2, 3, 4), left: vector(10, 20) })
  expect([...(y!.data as Float32Array)]).toEqual([7, 16])
})
