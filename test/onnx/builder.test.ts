import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { readModel } from '../../src/onnx/format/read.js'
import { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, scalarTensor } from '../../src/onnx/graph/tensor.js'
import { golden, modelFile } from './golden.js'

describe('GraphBuilder', () => {
  test('writes nodes as the specification does', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 3, 8, 8])
    const w = g.initializer('w', float32(new Float32Array(81), [3, 3, 3, 3]))
    expect(g.op('Conv', ['x', w, undefined], { pads: [1, 1, 1, 1], auto_pad: undefined })).toBe('Conv_1')
    expect(g.ops('MaxPool', ['Conv_1'], { kernel_shape: [2, 2] }, { outputs: ['pooled', ''], name: 'pool' })).toEqual([
      'pooled',
      '',
    ])
    expect(g.graph.nodes).toEqual([
      {
        name: 'Conv_1',
        opType: 'Conv',
        domain: '',
        inputs: ['x', 'w', ''],
        outputs: ['Conv_1'],
        attributes: { pads: { type: 'ints', value: [1, 1, 1, 1] } },
      },
      {
        name: 'pool',
        opType: 'MaxPool',
        domain: '',
        inputs: ['Conv_1'],
        outputs: ['pooled', ''],
        attributes: { kernel_shape: { type: 'ints', value: [2, 2] } },
      },
    ])
  })

  test('never makes a name that the graph has, subgraphs and sparse initializers included', () => {
    const graph = readModel(modelFile('everything'))
    const taken = new Set(['x', 'y', 'begin', 'sparse', 'then_w', 'then_sum', 'else_sparse'])
    for (const stem of ['x', 'then', 'sparse']) {
      const g = new GraphBuilder(graph.clone())
      for (let i = 0; i < 5; i++) expect(taken.has(g.fresh(stem))).toBe(false)
    }
    const clash = new Graph()
    clash.nodes = [
      {
        name: 'If',
        opType: 'If',
        domain: '',
        inputs: [],
        outputs: ['Add_1'],
        attributes: { then_branch: { type: 'graph', value: new Graph() } },
      },
    ]
    const inner = clash.nodes[0]!.attributes.then_branch as { value: Graph }
    inner.value.nodes = [{ name: 'n', opType: 'Add', domain: '', inputs: [], outputs: ['Add_2'], attributes: {} }]
    const g = new GraphBuilder(clash)
    g.output('Add_3', 'float32', [])
    expect(g.op('Add', [])).toBe('Add_4')
    expect(new GraphBuilder(new Graph(), 'grad/').fresh('Add')).toBe('grad/Add_1')
  })

  test('shares equal small constants, and only those', () => {
    const g = new GraphBuilder()
    const names = [
      g.scalar(1),
      g.floats(1),
      g.ints(1),
      g.scalar(0),
      g.scalar(-0),
      g.scalar(Number.NaN),
      g.constant(float32([1, 2], [1, 2])),
      g.constant(float32([1, 2], [2, 1])),
      g.constant({ type: 'float64', dims: [], data: new Float64Array([1]) }),
      g.constant({ type: 'string', dims: [2], data: ['a,b', 'c'] }),
      g.constant({ type: 'string', dims: [2], data: ['a', 'b,c'] }),
      g.constant(float32(new Float32Array(65), [65])),
      g.constant(float32(new Float32Array(65), [65])),
    ]
    expect(new Set(names).size).toBe(names.length)
    expect(g.graph.initializers.size).toBe(names.length)
    expect([g.constant(scalarTensor(1)), g.scalar(-0), g.scalar(Number.NaN), g.constant(int64([1n]))]).toEqual([
      names[0],
      names[4],
      names[5],
      names[2],
    ])
    expect(Object.is(g.graph.initializers.get(names[4]!)!.data[0], -0)).toBe(true)
  })

  test('knows which attributes of the standard are floats', () => {
    const typeOf = (name: string, value: number | number[]) => {
      const g = new GraphBuilder()
      g.op('Any', [], { [name]: value })
      return g.graph.nodes[0]!.attributes[name]!.type
    }
    for (const name of golden.floats) expect([name, typeOf(name, 1)]).toEqual([name, 'float'])
    for (const name of golden.floatLists) expect([name, typeOf(name, [1])]).toEqual([name, 'floats'])
    for (const name of golden.ints) {
      expect([name, typeOf(name, 1)]).toEqual([name, 'int'])
      expect([name, typeOf(name, [1])]).toEqual([name, 'ints'])
    }
  })

  test('takes attributes of every kind', () => {
    const g = new GraphBuilder()
    const subgraph = new Graph()
    g.op('Any', [], {
      text: 'a',
      texts: ['a'],
      value: scalarTensor(1),
      body: subgraph,
      axes: [],
      epsilon: 1e-5,
      axis: -1,
    })
    expect(g.graph.nodes[0]!.attributes).toEqual({
      text: { type: 'string', value: 'a' },
      texts: { type: 'strings', value: ['a'] },
      value: { type: 'tensor', value: scalarTensor(1) },
      body: { type: 'graph', value: subgraph },
      axes: { type: 'ints', value: [] },
      epsilon: { type: 'float', value: 1e-5 },
      axis: { type: 'int', value: -1 },
    })
  })
})

test('a clone can be changed freely', () => {
  const graph = readModel(modelFile('everything'))
  const before = structuredClone({
    ...graph,
    source: undefined,
    nodes: graph.nodes.map(({ source, attributes, ...rest }) => rest),
  })
  const copy = graph.clone()
  copy.nodes[0]!.inputs[0] = 'changed'
  copy.nodes[0]!.attributes.axis = { type: 'int', value: 1 }
  copy.nodes.pop()
  copy.inputs.pop()
  copy.outputs.pop()
  copy.initializers.clear()
  copy.values.clear()
  copy.opsets.clear()
  copy.metadata.clear()
  expect({ ...graph, source: undefined, nodes: graph.nodes.map(({ source, attributes, ...rest }) => rest) }).toEqual(
    before,
  )
  expect(graph.nodes[0]!.attributes).toEqual({})
})
