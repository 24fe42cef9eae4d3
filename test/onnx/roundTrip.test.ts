import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { type GraphProto, ModelProtoSchema } from '../../src/onnx/format/gen/onnx_pb.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import type { Attribute, Graph } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'
import { modelFile } from './golden.js'

const decode = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes)
const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)
const ofNode = (graph: Graph, name: string) => graph.nodes.find((node) => node.name === name)!
const PLACES = ['model', 'graph', 'node', 'attribute', 'tensor', 'value', 'inner', 'opset']

describe('reading and writing', () => {
  test.each(['everything', 'storage', 'old'] as const)('%s.onnx stays as it is, field by field', (name) => {
    const bytes = modelFile(name)
    expect(decode(writeModel(readModel(bytes)))).toEqual(decode(bytes))
  })

  const shared = resolve(process.env.ONNX_FINETUNE_SHARED ?? '../shared', 'artifacts')
  const files = existsSync(shared)
    ? readdirSync(shared, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.onnx'))
    : []
  test.skipIf(files.length === 0)('official training artifacts stay as they are', () => {
    for (const file of files) {
      const bytes = new Uint8Array(readFileSync(join(shared, file)))
      expect(decode(writeModel(readModel(bytes))), file).toEqual(decode(bytes))
    }
  })

  test('bytes at any place of a larger buffer, also of Node, are read alike', () => {
    const bytes = modelFile('storage')
    const expected = readModel(bytes).initializers
    for (let offset = 1; offset < 8; offset++) {
      const larger = Buffer.alloc(bytes.length + 8)
      larger.set(bytes, offset)
      expect(readModel(larger.subarray(offset, offset + bytes.length)).initializers).toEqual(expected)
    }
  })

  test('bytes in shared memory are read alike', () => {
    const bytes = modelFile('storage')
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    expect(readModel(shared).initializers).toEqual(readModel(bytes).initializers)
  })
})

describe('a pass that clones the graph and adds a node', () => {
  const read = readModel(modelFile('everything'))
  const graph = read.clone()
  const g = new GraphBuilder(graph)
  const added = g.op('Relu', ['y'], {}, { name: 'added' })
  g.output(added, 'float32', [2])
  const before = decode(modelFile('everything'))
  const after = decode(writeModel(graph))

  test('changes nothing else', () => {
    expect(after.graph!.node.length).toBe(before.graph!.node.length + 1)
    expect(after.graph!.node.at(-1)).toMatchObject({ name: 'added', opType: 'Relu', input: ['y'], output: [added] })
    const without: GraphProto = { ...after.graph!, node: after.graph!.node.slice(0, -1) }
    without.output = without.output.filter(({ name }) => name !== added)
    expect({ ...after, graph: without }).toEqual(before)
  })

  test('keeps the fields that nobody knows', () => {
    for (const place of PLACES) expect(text(writeModel(graph))).toContain(`unknown of ${place}`)
  })

  test('leaves the graph that was read alone', () => {
    expect(decode(writeModel(read))).toEqual(before)
  })
})

describe('what a pass changes is what is written', () => {
  const changed = (change: (graph: Graph) => void) => {
    const graph = readModel(modelFile('everything'))
    change(graph)
    return decode(writeModel(graph)).graph!
  }

  test('a new name of a node that had none', () => {
    expect(changed(() => {}).node[0]!.name).toBe('')
    expect(changed((graph) => Object.assign(graph.nodes[0]!, { name: 'first' })).node[0]!.name).toBe('first')
  })

  test('an attribute under another name', () => {
    const { node } = changed((graph) => {
      const odd = graph.nodes.at(-1)!
      odd.attributes = { renamed: odd.attributes.kind!, again: odd.attributes.number! }
    })
    expect(node.at(-1)!.attribute.map(({ name }) => name)).toEqual(['renamed', 'again'])
  })

  test('a node within a subgraph, changed in place', () => {
    const { node } = changed((graph) => {
      const branch = ofNode(graph, 'choose').attributes.then_branch as Attribute & { type: 'graph' }
      branch.value.nodes[1]!.opType = 'Sigmoid'
    })
    const branch = node[1]!.attribute.find(({ name }) => name === 'then_branch')!.g!
    expect(branch.node.map(({ opType }) => opType)).toEqual(['Add', 'Sigmoid', 'Mul'])
    expect(branch.docString).toBe('a branch')
    expect(branch.sparseInitializer).toHaveLength(1)
  })

  test('elements of a tensor, changed in place', () => {
    const graph = readModel(modelFile('storage'))
    const { data } = graph.initializers.get('double_raw') as Tensor<'float64'>
    data[0] = 42
    const again = readModel(writeModel(graph))
    expect(again.initializers.get('double_raw')!.data[0]).toBe(42)
  })

  test('inferred shapes, while what is no tensor keeps its type', () => {
    const graph = readModel(modelFile('everything'))
    graph.nodes = graph.nodes.slice(0, 1)
    const { valueInfo, output } = decode(writeModel(inferShapes(graph))).graph!
    const { valueInfo: before, output: outputs } = decode(modelFile('everything')).graph!
    expect({ valueInfo, output }).toEqual({ valueInfo: before, output: outputs })
  })
})

test('what reading says of odd things', () => {
  const graph = readModel(modelFile('everything'))
  expect([...graph.opsets]).toEqual([
    ['', 18],
    ['local.functions', 1],
    ['com.example', 3],
    ['ai.onnx.ml', 4],
  ])
  expect(graph.metadata.get('größe')).toBe('groß')
  expect(graph.nodes.map(({ name }) => name)).toEqual(['doubled', 'choose', 'more', 'slice', 'both', 'y', 'odd'])
  expect(graph.nodes[5]!.domain).toBe('')
  expect(graph.outputs[1]).toEqual({ name: 'both' })
  expect(graph.values.get('sliced')!.shape).toEqual([null])
  expect(graph.nodes[6]!.attributes).toMatchObject({
    text: { type: 'string', value: 'Würstchen' },
    texts: { type: 'strings', value: ['a', ''] },
    number: { type: 'int', value: -3 },
    numbers: { type: 'ints', value: [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 5] },
    real: { type: 'float', value: Number.NaN },
    reals: { type: 'floats', value: [-0, Math.fround(1e-45)] },
    weights: { type: 'tensor', value: { type: 'int8', dims: [2], data: new Int8Array([-1, 1]) } },
    kind: { type: 'other' },
    several: { type: 'other' },
  })
})

test('new graphs are written as they are read again', () => {
  const g = new GraphBuilder()
  g.input('x', 'float32', ['N', null, 3])
  g.op('Slice', ['x', g.ints(0), g.ints(Number.MAX_SAFE_INTEGER), undefined], {}, { outputs: ['y'] })
  g.op('Odd', ['y'], { alpha: -0, p: 3, axes: [-1], text: 'ü', texts: ['a'], scales: [0.5], none: undefined })
  g.output('y', 'float32', ['N', null, 3])
  g.graph.metadata.set('a', 'b')
  const again = readModel(writeModel(g.graph))
  for (const part of ['inputs', 'outputs', 'initializers', 'opsets', 'metadata', 'irVersion'] as const)
    expect(again[part]).toEqual(g.graph[part])
  expect(again.nodes.map(({ source, ...node }) => node)).toEqual(g.graph.nodes)
})
