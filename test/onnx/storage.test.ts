import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { ModelProtoSchema, TensorProto_DataType } from '../../src/onnx/format/gen/onnx_pb.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { Graph } from '../../src/onnx/graph/graph.js'
import type { DataType, Tensor } from '../../src/onnx/graph/tensor.js'
import { golden, modelFile } from './golden.js'

/** Elements as Python prints them. */
const shown = ({ type, data }: Tensor): string[] =>
  Array.from(data as ArrayLike<number | bigint | string>, (value) =>
    type === 'string' ? String(value) : Object.is(value, -0) ? '-0' : String(value),
  )
const parsed = (element: unknown): string =>
  typeof element === 'string' && /^-?[\d.e+-]+$|^-?inf$/.test(element)
    ? element === '-0.0'
      ? '-0'
      : /[.e]|inf/.test(element)
        ? String(Number(element.replace('inf', 'Infinity')))
        : element
    : String(element)

describe('tensors', () => {
  const { initializers } = readModel(modelFile('storage'))
  test.each(Object.entries(golden.tensors))(
    '%s has the elements that Python reads',
    (name, { type, dims, elements }) => {
      const tensor = initializers.get(name)!
      expect({ type: tensor.type, dims: tensor.dims }).toEqual({ type, dims })
      expect(shown(tensor)).toEqual(elements.map(parsed))
    },
  )

  test('every type, written from memory, comes back', () => {
    const data = {
      float32: new Float32Array([1.5, Number.NaN]),
      float64: new Float64Array([-0, 1e300]),
      float16: new Uint16Array([0x3e00, 1]),
      bfloat16: new Uint16Array([0x3fc0, 1]),
      int8: new Int8Array([-128, 1]),
      int16: new Int16Array([-32768, 1]),
      int32: new Int32Array([-(2 ** 31), 1]),
      int64: new BigInt64Array([-(2n ** 63n), 1n]),
      uint8: new Uint8Array([255, 1]),
      uint16: new Uint16Array([65535, 1]),
      uint32: new Uint32Array([2 ** 32 - 1, 1]),
      uint64: new BigUint64Array([2n ** 64n - 1n, 1n]),
      bool: new Uint8Array([0, 1]),
      string: ['', '\ufeffWürstchen'],
    } satisfies Record<DataType, Tensor['data']>
    const graph = new Graph()
    for (const [type, values] of Object.entries(data) as [DataType, Tensor['data']][])
      graph.initializers.set(type, { type, dims: [2, 1], data: values })
    graph.initializers.set('view', { type: 'float32', dims: [1], data: new Float32Array([1, 2, 3]).subarray(1, 2) })
    graph.initializers.set('empty', { type: 'float32', dims: [0, 3], data: new Float32Array(0) })
    expect(readModel(writeModel(graph)).initializers).toEqual(graph.initializers)
  })

  test('a tensor under another name is written under that name', () => {
    const graph = readModel(modelFile('storage'))
    graph.initializers.set('twin', graph.initializers.get('int8_int32')!)
    const again = readModel(writeModel(graph)).initializers
    expect(again.get('twin')).toEqual(again.get('int8_int32'))
  })

  test('protobuf packs numbers or does not', () => {
    // Field 4 (float_data, packed in the format) as two single floats; field 1 (dims, not packed) packed.
    const float = (value: number) => [0x25, ...new Uint8Array(new Float32Array([value]).buffer)]
    const tensor = [0x0a, 2, 1, 2, 0x10, TensorProto_DataType.FLOAT, ...float(1.5), ...float(-2), 0x42, 1, 0x77]
    const graph = [0x2a, tensor.length, ...tensor]
    const head = toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 9n }))
    const { initializers } = readModel(Uint8Array.from([...head, 0x3a, graph.length, ...graph]))
    expect(initializers.get('w')).toEqual({ type: 'float32', dims: [1, 2], data: new Float32Array([1.5, -2]) })
  })
})
