import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFineTuneError } from '../../src/errors.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { writeSafetensors } from '../../src/weights/writeSafetensors.js'

const golden = new Uint8Array(readFileSync(new URL('../golden/safetensors/types.safetensors', import.meta.url)))

const file = (header: string | object, data = new Uint8Array(), length?: bigint): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}
const entry = (dtype: unknown, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})
const four = new Uint8Array(4)

function problemOf(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes)
  } catch (error) {
    if (isFineTuneError(error, 'weights/malformed')) return error.message
    throw error
  }
  return 'no error'
}

describe('files of the reference implementation', () => {
  test('every element type is read', () => {
    const { tensors, metadata } = readSafetensors(golden)
    expect(metadata).toEqual(new Map([['note', 'says "hi"']]))
    const values = Object.fromEntries([...tensors].map(([name, { dims, data }]) => [name, { dims, data }]))
    expect(values).toEqual({
      bool: { dims: [3], data: Uint8Array.of(1, 0, 1) },
      uint8: { dims: [6], data: Uint8Array.of(250, 251, 252, 253, 254, 255) },
      int8: { dims: [4], data: Int8Array.of(-2, -1, 0, 1) },
      int16: { dims: [2, 3], data: Int16Array.of(-2, -1, 0, 1, 2, 3) },
      uint16: { dims: [6], data: Uint16Array.of(65530, 65531, 65532, 65533, 65534, 65535) },
      float16: { dims: [3], data: Uint16Array.of(0x3800, 0xc000, 0x7bff) },
      bfloat16: { dims: [2, 1], data: Uint16Array.of(0x3f00, 0xc000) },
      int32: { dims: [4], data: Int32Array.of(-1, 0, 1, 2) },
      uint32: { dims: [1], data: Uint32Array.of(4294967295) },
      float32: { dims: [2, 2], data: Float32Array.of(1.5, -0, Infinity, 1e-45) },
      float64: { dims: [], data: Float64Array.of(Math.PI) },
      int64: { dims: [2], data: BigInt64Array.of(-(2n ** 53n) - 1n, 2n ** 62n) },
      uint64: { dims: [1], data: BigUint64Array.of(7n) },
      scalar: { dims: [], data: BigInt64Array.of(5n) },
      empty: { dims: [0, 4], data: new Float32Array() },
      'quoted "näme"\n': { dims: [1], data: Float32Array.of(1) },
    })
    const types = [...tensors].filter(([name]) => !['scalar', 'empty', 'quoted "näme"\n'].includes(name))
    for (const [name, { type }] of types) expect(type).toBe(name)
  })

  test('what was read is written again byte for byte', () => {
    const { tensors, metadata } = readSafetensors(golden)
    expect(writeSafetensors(new Map([...tensors].reverse()), metadata)).toEqual(golden)
  })

  test('a file is read from the middle of a larger buffer, at any alignment', () => {
    const around = new Uint8Array(golden.length + 3)
    around.set(golden, 3)
    expect(readSafetensors(around.subarray(3))).toEqual(readSafetensors(golden))
  })
})

describe('malformed files', () => {
  const cases: readonly [string, Uint8Array, string][] = [
    ['too short', new Uint8Array(7), '7 bytes are too few'],
    [
      'a header beyond the file',
      file('{}', undefined, 3n),
      'a header of 3 bytes reaches beyond the file, which has 10',
    ],
    ['a huge header', file('{}', undefined, 2n ** 63n), 'exceeds the limit'],
    ['not UTF-8', file('', Uint8Array.of(0xff), 1n), 'not UTF-8'],
    ['not JSON', file('{"a":'), 'not JSON'],
    ['a byte order mark', file('\ufeff{}'), 'not JSON'],
    ['not an object', file('[]'), 'not a JSON object'],
    ['no header at all', file(''), 'not JSON'],
    ['an entry that is no object', file({ a: 1 }), 'tensor a: its entry is not an object'],
    ['an unknown dtype', file({ a: entry('F8_E4M3', [4], 0, 4) }, four), 'tensor a: dtype "F8_E4M3" is unknown'],
    ['a dtype from Object', file({ a: entry('constructor', [4], 0, 4) }, four), 'dtype "constructor" is unknown'],
    ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, four), 'tensor a: its shape'],
    ['a negative dimension', file({ a: entry('F32', [-1], 0, 4) }, four), 'tensor a: its shape'],
    ['a fraction of a dimension', file({ a: entry('F32', [1.5], 0, 4) }, four), 'tensor a: its shape'],
    ['a dimension past 2^53', file({ a: entry('F32', [2 ** 60], 0, 4) }, four), 'tensor a: its shape'],
    ['a product past 2^53', file({ a: entry('F32', [2 ** 40, 2 ** 40, 0], 0, 0) }), 'takes too many bytes'],
    [
      'a huge tensor',
      file({ a: entry('F32', [2 ** 40], 0, 2 ** 42) }, four),
      'ends at 4398046511104, beyond the 4 bytes',
    ],
    [
      'three offsets',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, four),
      'tensor a: its data_offsets',
    ],
    ['text for an offset', file({ a: entry('F32', [1], '0', 4) }, four), 'tensor a: its data_offsets'],
    ['an end before the beginning', file({ a: entry('F32', [1], 4, 0) }, four), 'tensor a: its data ends at 0, before'],
    [
      'a shape of another size',
      file({ a: entry('F32', [2], 0, 4) }, four),
      'F32 of shape [2] takes 8 bytes, its data_offsets give 4',
    ],
    [
      'data past the end',
      file({ a: entry('F32', [2], 0, 8) }, four),
      'tensor a: its data ends at 8, beyond the 4 bytes',
    ],
    [
      'an overlap',
      file({ a: entry('U8', [3], 0, 3), b: entry('U8', [2], 2, 4) }, four),
      'tensor b: its data begins at 2, inside',
    ],
    ['a hole', file({ a: entry('U8', [1], 0, 1), b: entry('U8', [2], 2, 4) }, four), 'bytes 1 to 2, before its data'],
    ['bytes left over', file({ a: entry('U8', [1], 0, 1) }, four), 'the last 3 bytes belong to no tensor'],
    [
      'a name twice',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      'names "a" twice',
    ],
    [
      'a field twice',
      file('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      'names "dtype" twice',
    ],
    ['metadata that is not strings', file({ __metadata__: { a: 1 } }), '__metadata__ is not an object of strings'],
    ['metadata that is a list', file({ __metadata__: ['a'] }), '__metadata__ is not an object of strings'],
  ]
  test.each(cases)('%s', (_, bytes, message) => {
    expect(problemOf(bytes)).toContain(message)
  })

  test('odd but valid headers', () => {
    expect(readSafetensors(file('{}   ')).tensors.size).toBe(0)
    const names =
      '{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a\\"}{":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}'
    expect([...readSafetensors(file(names, Uint8Array.of(9))).tensors.keys()]).toEqual(['__proto__', 'a"}{'])
  })

  test('arbitrary JSON as a header gives a typed error or a result', () => {
    const part = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('F32', [0, 4], [1], [2, 2]))
    const header = fc.dictionary(
      fc.string({ maxLength: 3 }),
      fc.record({ dtype: part, shape: part, data_offsets: part }),
    )
    fc.assert(
      fc.property(fc.oneof(header, fc.jsonValue()), (value) => {
        problemOf(file(JSON.stringify(value), four))
      }),
      { numRuns: 500, seed: 2 },
    )
  })
})

describe('writing', () => {
  const write = (tensor: Tensor, name = 'a') => writeSafetensors(new Map([[name, tensor]]))

  test('what was written is read again', () => {
    const data = fc.float32Array({ maxLength: 12 })
    fc.assert(
      fc.property(fc.dictionary(fc.string(), data), fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const map = new Map<string, Tensor>()
        for (const [name, values] of Object.entries(tensors))
          if (name !== '__metadata__') map.set(name, { type: 'float32', dims: [values.length], data: values })
        const back = readSafetensors(writeSafetensors(map, new Map(Object.entries(metadata))))
        expect(new Map([...back.tensors].sort())).toEqual(new Map([...map].sort()))
        expect(back.metadata).toEqual(new Map(Object.entries(metadata)))
      }),
      { numRuns: 200, seed: 3 },
    )
  })

  test('the data begins at a multiple of 8, and a part of a larger array is written alone', () => {
    const bytes = write({ type: 'float32', dims: [2], data: Float32Array.of(1, 2, 3, 4).subarray(1, 3) })
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n)
    expect(readSafetensors(bytes).tensors.get('a')!.data).toEqual(Float32Array.of(2, 3))
  })

  test('a tensor that the format cannot hold is named', () => {
    expect(() => write({ type: 'string', dims: [1], data: ['x'] })).toThrow('Tensor a cannot be written')
    expect(() => write({ type: 'uint8', dims: [2], data: Uint8Array.of(1) })).toThrow('does not hold 1 elements')
    expect(() => write({ type: 'uint8', dims: [1], data: Uint8Array.of(1) }, '__metadata__')).toThrow('for itself')
  })
})
