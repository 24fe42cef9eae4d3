import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, type FineTuneError, isFineTuneError } from '../../src/errors.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as Type,
} from '../../src/onnx/format/gen/onnx_pb.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'
import { modelFile } from './golden.js'

type Init = NonNullable<Parameters<typeof create<typeof ModelProtoSchema>>[1]>
type GraphInit = NonNullable<Extract<Init, { graph?: unknown }>['graph']>

const node = (opType: string, input: string[], output: string[], attribute: unknown[] = []) => ({
  opType,
  input,
  output,
  attribute: attribute as AttributeProto[],
})
const model = (graph: object, more: object = {}): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 9n, opsetImport: [{ version: 18n }], graph: graph as GraphInit, ...more }),
  )

function errorOf(bytes: Uint8Array): FineTuneError {
  try {
    readModel(bytes)
  } catch (error) {
    if (isFineTuneError(error)) return error
    throw error
  }
  throw new Error('it was read')
}
const refuses = (bytes: Uint8Array, code: ErrorCode, ...words: string[]) => {
  const error = errorOf(bytes)
  expect(error.code).toBe(code)
  for (const word of words) expect(error.message).toContain(word)
}

const x = { name: 'x' }
const relu = node('Relu', ['x'], ['y'])
const float = (fields: object) => ({ name: 'w', dataType: Type.FLOAT, dims: [2n], ...fields })
const subgraph = (graph: object) => [{ name: 'then_branch', type: Kind.GRAPH, g: graph }]

describe('bytes that are no model', () => {
  test.each([
    ['no bytes', new Uint8Array(0), 'empty (0 bytes)'],
    ['text', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'), '43 bytes are no protobuf'],
    ['a page', new TextEncoder().encode('<!DOCTYPE html><html></html>'), '28 bytes are no protobuf'],
    ['an archive', Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0]), 'no protobuf'],
    ['zeros', new Uint8Array(100), 'no protobuf'],
    [
      'a model that was cut off',
      modelFile('everything').subarray(0, 1000),
      '1000 bytes are no protobuf message, or were cut off',
    ],
    ['a model without a graph', toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 9n })), 'no graph'],
    ['a length beyond the file', Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'cut off'],
  ])('%s', (_, bytes, words) => refuses(bytes, 'onnx/malformed', words))

  test('subgraphs nested without end', () => {
    let graph: object = { name: 'innermost' }
    for (let depth = 0; depth < 300; depth++) graph = { node: [node('If', [], [`y${depth}`], subgraph(graph))] }
    refuses(model(graph), 'onnx/malformed', 'recursion depth')
  })

  test('impossible versions', () => {
    refuses(model({}, { irVersion: -1n }), 'onnx/malformed', 'ir_version is -1')
    refuses(
      model({}, { opsetImport: [{ domain: 'd', version: 2n ** 60n }] }),
      'onnx/malformed',
      'operator set d is 1152921504606846976',
    )
  })
})

describe('tensors that are not what they say', () => {
  const tensor = (fields: object) => model({ initializer: [float(fields)] })
  test.each<[string, object, ...string[]]>([
    ['too few elements', { floatData: [1] }, 'tensor w', '[2] of float32 wants 2 elements, the file has 1'],
    ['too many elements', { dims: [], floatData: [1, 2] }, '[] of float32 wants 1 elements, the file has 2'],
    ['half an element', { rawData: new Uint8Array(7) }, 'a broken number of bytes'],
    ['too few bytes', { rawData: new Uint8Array(4) }, 'wants 2 elements, the file has 1'],
    ['elements of another type', { int32Data: [1, 2] }, 'the file has 0'],
    ['strings that are missing', { dataType: Type.STRING, stringData: [] }, 'wants 2 elements, the file has 0'],
    ['a huge shape', { dims: [2n ** 40n, 2n ** 40n] }, '[1099511627776,1099511627776] of float32 wants'],
    ['a shape beyond all numbers', { dims: new Array(30).fill(2n ** 50n) }, 'of rank 30 of float32 wants Infinity'],
    ['a negative size', { dims: [-1n] }, 'impossible shape [-1]'],
    ['a size that is no exact number', { dims: [2n ** 60n] }, 'impossible shape'],
  ])('%s', (_, fields, ...words) => refuses(tensor(fields), 'onnx/malformed', ...words))

  test('weights in a file beside the model', () => {
    const externalData = [{ key: 'location', value: 'weights.bin' }]
    const bytes = tensor({ dataLocation: TensorProto_DataLocation.EXTERNAL, externalData })
    refuses(
      bytes,
      'onnx/external-data',
      'w is stored outside the model, in weights.bin',
      'onnx.save(onnx.load(path), path)',
    )
    expect(errorOf(bytes).facts).toMatchObject({ tensor: 'w', file: 'weights.bin' })
  })

  test('element types that are not supported', () => {
    refuses(tensor({ dataType: Type.INT4 }), 'onnx/unsupported-type', 'INT4', 'tensor w', 'float32, float64')
    refuses(tensor({ dataType: 99 }), 'onnx/unsupported-type', 'number 99')
  })

  test('a tensor in an attribute, named by its node', () => {
    const attribute = [{ name: 'value', type: Kind.TENSOR, t: float({ name: '', floatData: [1] }) }]
    refuses(model({ node: [node('Constant', [], ['c'], attribute)] }), 'onnx/malformed', 'node c, attribute value')
  })
})

describe('graphs that do not hold together', () => {
  test.each<[string, object, ErrorCode, ...string[]]>([
    ['an undefined value', { node: [relu] }, 'onnx/unknown-value', 'Node y reads x'],
    [
      'a cycle',
      { node: [node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b'])] },
      'onnx/malformed',
      'depends on itself',
    ],
    ['a node that reads itself', { node: [node('Relu', ['a'], ['a'])] }, 'onnx/malformed', 'node a depends on itself'],
    [
      'a value made twice',
      { input: [x], node: [relu, node('Abs', ['x'], ['y'])] },
      'onnx/malformed',
      'both make the value y',
    ],
    [
      'an input that a node makes',
      { input: [x, { name: 'y' }], node: [relu] },
      'onnx/malformed',
      'node y makes y, which is an input',
    ],
    [
      'an initializer that a node makes',
      { initializer: [float({ name: 'y', dims: [], floatData: [1] })], input: [x], node: [relu] },
      'onnx/malformed',
      'makes y',
    ],
    [
      'an initializer given twice',
      { initializer: [float({ floatData: [1, 2] }), float({ floatData: [1, 2] })] },
      'onnx/malformed',
      'w is an initializer twice',
    ],
    [
      'an initializer without a name',
      { initializer: [float({ name: '', floatData: [1, 2] })] },
      'onnx/malformed',
      'an initializer number 1 has no name',
    ],
    ['an input given twice', { input: [x, x] }, 'onnx/malformed', 'x is an input twice'],
    ['an output given twice', { input: [x], output: [x, x] }, 'onnx/malformed', 'x is an output twice'],
    ['an output without a name', { output: [{}] }, 'onnx/malformed', 'an output number 1 has no name'],
    ['an output that nothing makes', { output: [{ name: 'z' }] }, 'onnx/malformed', 'nothing makes its output z'],
    [
      'a node without an operator',
      { input: [x], node: [node('', ['x'], ['y'])] },
      'onnx/malformed',
      'node y has no op_type',
    ],
    [
      'an attribute given twice',
      { node: [node('A', [], ['y'], [{ name: 'a' }, { name: 'a' }])] },
      'onnx/malformed',
      '(node y): a is an attribute twice',
    ],
    [
      'an empty subgraph',
      { node: [node('If', [], ['y'], [{ name: 'then_branch', type: Kind.GRAPH }])] },
      'onnx/malformed',
      'attribute then_branch is empty',
    ],
    [
      'an undefined value in a subgraph',
      { node: [node('If', [], ['y'], subgraph({ node: [relu] }))] },
      'onnx/unknown-value',
      'reads x',
    ],
    [
      'a duplicate in a subgraph',
      { node: [node('If', [], ['y'], subgraph({ input: [x, x] }))] },
      'onnx/malformed',
      'node y, attribute then_branch',
      'x is an input twice',
    ],
    [
      'a subgraph that reads what its own node makes',
      { node: [node('If', [], ['y'], subgraph({ node: [node('Abs', ['y'], ['z'])] }))] },
      'onnx/malformed',
      'node y depends on itself',
    ],
  ])('%s', (_, graph, code, ...words) => refuses(model(graph), code, ...words))

  test('nodes may come in any order', () => {
    const graph = readModel(model({ input: [x], output: [{ name: 'z' }], node: [node('Abs', ['y'], ['z']), relu] }))
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Relu', 'Abs'])
  })

  test('nodes in a long chain, last first, are sorted', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => node('Relu', [i === 0 ? 'x' : `v${i - 1}`], [`v${i}`]))
    const graph = readModel(model({ input: [x], node: chain.toReversed() }))
    expect(graph.nodes[0]!.inputs).toEqual(['x'])
    expect(graph.nodes.at(-1)!.outputs).toEqual(['v19999'])
  })

  test('thousands of subgraphs are read in no time', () => {
    const many = Array.from({ length: 5000 }, (_, i) => node('If', ['x'], [`v${i}`], subgraph({ node: [relu] })))
    const begin = performance.now()
    expect(readModel(model({ input: [x], node: many })).nodes).toHaveLength(5000)
    expect(performance.now() - begin).toBeLessThan(3000)
  })
})

describe('shapes that cannot be', () => {
  const infer = (build: (g: GraphBuilder) => unknown) => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 3, 4, 4])
    build(g)
    return inferShapes(readModel(writeModel(g.graph)))
  }

  test.each<[string, (g: GraphBuilder) => unknown, string]>([
    [
      'a kernel larger than the image',
      (g) => g.op('MaxPool', ['x'], { kernel_shape: [7, 7] }),
      'node MaxPool_1, MaxPool',
    ],
    [
      'sizes that do not broadcast',
      (g) => g.op('Add', ['x', g.floats(1, 2)]),
      'the input shapes [N,3,4,4], [2] do not fit (sizes 4 and 2',
    ],
    [
      'an axis that is not there',
      (g) => g.op('Softmax', [g.op('ReduceSum', ['x', g.ints(4)])]),
      'there is no axis 4 among 4',
    ],
    ['a permutation of other axes', (g) => g.op('Transpose', ['x'], { perm: [0, 7] }), 'Transpose'],
    ['a step of nothing', (g) => g.op('Slice', ['x', g.ints(0), g.ints(2), g.ints(1), g.ints(0)]), 'Slice'],
    ['ranks that do not join', (g) => g.op('Concat', ['x', g.floats(1)], { axis: 0 }), 'ranks 4 and 1'],
    ['two free sizes', (g) => g.op('Reshape', ['x', g.ints(-1, -1)]), 'Reshape'],
  ])('%s', (_, build, words) => {
    const code: ErrorCode = 'onnx/malformed'
    expect(() => infer(build)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }))
  })

  test('an operator without a rule', () => {
    const build = (g: GraphBuilder) => g.op('Odd', ['x'], {}, { domain: 'com.example', outputs: ['y'] })
    const code: ErrorCode = 'onnx/no-shape-rule'
    expect(() => infer(build)).toThrow(expect.objectContaining({ code, facts: { op: 'com.example.Odd', node: 'y' } }))
    const declared = infer((g) => {
      build(g)
      g.graph.values.set('y', { name: 'y', type: 'float32', shape: ['N', 7] })
      g.op('Relu', ['y'], {}, { outputs: ['z'] })
    })
    expect(declared.values.get('z')).toEqual({ name: 'z', type: 'float32', shape: ['N', 7] })
  })
})
