import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { renameValues } from '../../../src/onnx/transform/renameValues.js'
import { runStock } from '../../support/stockRuntime.js'
import { branch, no, vector, yes } from './support.js'

/** y = condition ? x + w : -(x + w), with a branch of which `write` says how it adds. */
function chosen(write: (g: GraphBuilder, sum: string) => string): Graph {
  const g = new GraphBuilder()
  g.input('x', 'float32', [2])
  g.input('condition', 'bool', [])
  g.initializer('w', vector(10, 20))
  g.op('Add', ['x', 'w'], {}, { outputs: ['sum'] })
  const branches = {
    then_branch: branch('then', (inner) => write(inner, 'sum')),
    else_branch: branch('else', (inner) => inner.op('Neg', ['sum'])),
  }
  g.op('If', ['condition'], branches, { outputs: ['y'] })
  g.output('y', 'float32', [2])
  return g.graph
}

const identity = (g: GraphBuilder, sum: string) => g.op('Identity', [sum])

async function expectBothBranches(graph: Graph, x = 'x'): Promise<void> {
  const [output] = graph.outputs.map(({ name }) => name)
  const run = async (condition: typeof yes) =>
    (await runStock(graph, { [x]: vector(1, 2), condition }))[output!]!.data as Float32Array
  expect([...(await run(yes))]).toEqual([11, 22])
  expect([...(await run(no))]).toEqual([-11, -22])
}

describe('a value is renamed', () => {
  test('as an input, an initializer, an output, a result that was declared', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [2])
    g.initializer('w', vector(1, 2))
    g.op('Add', ['x', 'w'], {}, { outputs: ['sum'], name: 'add' })
    g.op('Relu', ['sum'], {}, { outputs: ['y'] })
    g.output('y', 'float32', [2])
    g.graph.values.set('sum', { name: 'sum', type: 'float32', shape: [2] })
    renameValues(g.graph, new Map(['x', 'w', 'sum', 'y'].map((name) => [name, `new ${name}`])))
    const { inputs, outputs, initializers, values, nodes } = g.graph
    expect([...inputs, ...outputs].map(({ name }) => name)).toEqual(['new x', 'new y'])
    expect([...initializers.keys()]).toEqual(['new w'])
    expect([...values]).toEqual([['new sum', { name: 'new sum', type: 'float32', shape: [2] }]])
    expect(nodes.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [['new x', 'new w'], ['new sum']],
      [['new sum'], ['new y']],
    ])
    expect(nodes[0]!.name).toBe('add')
  })

  test('one of several outputs; inputs and outputs that are left out stay so', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [1, 1, 4])
    g.ops('MaxPool', ['x'], { kernel_shape: [2] }, { outputs: ['y', 'indices'] })
    g.op('Clip', ['y', '', 'x'])
    g.ops('Dropout', ['y'], {}, { outputs: ['kept', ''] })
    renameValues(
      g.graph,
      new Map([
        ['indices', 'at'],
        ['', 'nothing'],
      ]),
    )
    expect(g.graph.nodes.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [['x'], ['y', 'at']],
      [['y', '', 'x'], ['Clip_1']],
      [['y'], ['kept', '']],
    ])
  })

  test('two values change names with each other, and what is declared of them goes along', () => {
    const g = new GraphBuilder()
    for (const [i, name] of ['a', 'b'].entries()) g.graph.values.set(name, { name, type: 'float32', shape: [i] })
    g.op('Neg', ['a'], {}, { outputs: ['b'] })
    renameValues(
      g.graph,
      new Map([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    )
    expect(g.graph.nodes[0]).toMatchObject({ inputs: ['b'], outputs: ['a'] })
    expect(g.graph.info('a')!.shape).toEqual([1])
    expect(g.graph.info('b')!.shape).toEqual([0])
  })
})

describe('subgraphs', () => {
  test('read a value of the outer graph under its new name', async () => {
    const graph = chosen(identity)
    renameValues(
      graph,
      new Map([
        ['sum', 'total'],
        ['x', 'image'],
        ['y', 'logits'],
      ]),
    )
    await expectBothBranches(graph, 'image')
  })

  test('read it also from a subgraph in a subgraph', async () => {
    const graph = chosen((g, sum) => {
      const inner = (name: string) => branch(name, (g) => g.op('Identity', [sum]))
      return g.op('If', ['condition'], { then_branch: inner('deep'), else_branch: inner('never') })
    })
    renameValues(graph, new Map([['sum', 'total']]))
    await expectBothBranches(graph)
  })

  test('keep a value of their own that has an old name', () => {
    const graph = chosen((g) => g.op('Identity', [g.initializer('sum', vector(11, 22))]))
    renameValues(graph, new Map([['sum', 'total']]))
    const inner = graph.nodes.at(-1)!.attributes.then_branch!.value as Graph
    expect([...inner.initializers.keys()]).toEqual(['sum'])
    expect(inner.nodes[0]!.inputs).toEqual(['sum'])
  })

  test('give a value of their own that has a new name another one: it would hide the value of the outer graph', async () => {
    const graph = chosen((g, sum) => g.op('Sub', [g.op('Add', [sum, 'w'], {}, { outputs: ['total'] }), 'w']))
    renameValues(graph, new Map([['sum', 'total']]))
    const inner = graph.nodes.at(-1)!.attributes.then_branch!.value as Graph
    expect(inner.nodes.map(({ inputs, outputs }) => [inputs, outputs[0]])).toEqual([
      [['total', 'w'], 'total/inner'],
      [['total/inner', 'w'], 'then/Sub_1'],
    ])
    await expectBothBranches(graph)
  })

  test('of a copy are renamed, those of the graph that it is a copy of are not', () => {
    const graph = chosen(identity)
    renameValues(graph.clone(), new Map([['sum', 'total']]))
    expect((graph.nodes.at(-1)!.attributes.then_branch!.value as Graph).nodes[0]!.inputs).toEqual(['sum'])
  })
})
