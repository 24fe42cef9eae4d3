import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { float32ToFloat16 } from '../../../src/onnx/graph/halfFloats.js'
import type { Tensor } from '../../../src/onnx/graph/tensor.js'
import { CAST_TO } from '../../../src/onnx/graph/tensor.js'
import { castToFloat16, castToFloat32, findBeyondFloat16 } from '../../../src/onnx/transform/cast.js'
import { runStock } from '../../support/stockRuntime.js'
import { branch, operators, vector, yes } from './support.js'

const half = (...values: number[]): Tensor => ({
  type: 'float16',
  dims: [values.length],
  data: float32ToFloat16(Float32Array.from(values)),
})

/** y = condition ? x * w : x + c, in one precision, with `c` inside the branch and `w` outside. */
function network(type: 'float32' | 'float16'): Graph {
  const tensor = type === 'float16' ? half : vector
  const g = new GraphBuilder()
  g.input('x', type, [2])
  g.input('condition', 'bool', [])
  g.initializer('w', tensor(0.1, 3))
  const make = (name: string, write: (g: GraphBuilder) => string) => {
    const graph = branch(name, write)
    graph.outputs = graph.outputs.map((output) => ({ ...output, type }))
    return graph
  }
  const then_branch = make('then', (inner) => inner.op('Mul', ['x', 'w']))
  const else_branch = make('else', (inner) => inner.op('Add', ['x', inner.op('Constant', [], { value: tensor(5, 6) })]))
  g.output(g.op('If', ['condition'], { then_branch, else_branch }, { outputs: ['y'] }), type, [2])
  return g.graph
}

describe('to float32', () => {
  test('constants, also in a subgraph, inputs, outputs and declared values', async () => {
    const graph = network('float16')
    graph.values.set('z', { name: 'z', type: 'float16', shape: [2] })
    castToFloat32(graph)
    expect([...graph.inputs, ...graph.outputs].map(({ type }) => type)).toEqual(['float32', 'bool', 'float32'])
    expect(graph.values.get('z')!.type).toBe('float32')
    const { y } = await runStock(graph, { x: vector(1, 2), condition: yes })
    expect([...(y!.data as Float32Array)]).toEqual([0.0999755859375, 6])
  })

  test('casts to a half type cast to float32; one of what is float32 already goes', () => {
    const g = new GraphBuilder()
    g.input('x', 'float16', [2])
    g.input('n', 'int64', [2])
    g.op('Cast', ['x'], { to: CAST_TO.float32 }, { outputs: ['wide'] })
    g.op('Cast', ['n'], { to: CAST_TO.bfloat16 }, { outputs: ['number'] })
    castToFloat32(g.graph)
    expect(operators(g.graph)).toEqual(['Identity', 'Cast'])
    expect(g.graph.nodes[1]!.attributes.to!.value).toBe(CAST_TO.float32)
  })
})

describe('to float16', () => {
  test('constants are rounded to nearest, also in a subgraph; the graph that was copied stays', () => {
    const graph = network('float32')
    const copy = graph.clone()
    castToFloat16(copy)
    expect(copy.initializers.get('w')).toEqual(half(0.1, 3))
    const constant = ({ nodes }: Graph) =>
      (nodes[0]!.attributes.else_branch!.value as Graph).nodes[0]!.attributes.value!.value as Tensor
    expect(constant(copy)).toEqual(half(5, 6))
    expect(constant(graph)).toEqual(vector(5, 6))
    expect([...copy.inputs, ...copy.outputs].map(({ type }) => type)).toEqual(['float16', 'bool', 'float16'])
  })

  test('the way back gives the rounded numbers', () => {
    const graph = network('float32')
    castToFloat16(graph)
    castToFloat32(graph)
    expect([...(graph.initializers.get('w')!.data as Float32Array)]).toEqual([0.0999755859375, 3])
  })

  test('a constant that has no finite number there is found, wherever it is', () => {
    const graph = network('float32')
    expect(findBeyondFloat16(graph)).toBeUndefined()
    graph.initializers.set('fine', vector(65519, Number.POSITIVE_INFINITY, Number.NaN))
    expect(findBeyondFloat16(graph)).toBeUndefined()
    const inner = graph.nodes[0]!.attributes.else_branch!.value as Graph
    inner.nodes[0]!.attributes.value = { type: 'tensor', value: vector(-65520, 0) }
    expect(findBeyondFloat16(graph)).toEqual({ tensor: inner.nodes[0]!.name, value: -65520 })
    graph.initializers.set('large', vector(1, 7e4))
    expect(findBeyondFloat16(graph)).toEqual({ tensor: 'large', value: 7e4 })
  })
})
