import { create } from '@bufbuild/protobuf'
import { FineTuneError } from '../errors.js'
import {
  TensorProto_DataType as Code,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './gen/onnx_pb.js'
import { originOf, remember } from './origin.js'
import { type DataOf, type DataType, sizeOf, type Tensor } from './tensor.js'

const CODES: Readonly<Record<DataType, Code>> = {
  float32: Code.FLOAT,
  float64: Code.DOUBLE,
  float16: Code.FLOAT16,
  bfloat16: Code.BFLOAT16,
  int8: Code.INT8,
  int16: Code.INT16,
  int32: Code.INT32,
  int64: Code.INT64,
  uint8: Code.UINT8,
  uint16: Code.UINT16,
  uint32: Code.UINT32,
  uint64: Code.UINT64,
  bool: Code.BOOL,
  string: Code.STRING,
}
const TYPES = new Map(Object.entries(CODES).map(([type, code]) => [code, type as DataType]))

/** ONNX's number for an element type. */
export const codeOf = (type: DataType): number => CODES[type]
/** The element type of ONNX's number, if this library has it. */
export const typeOf = (code: number): DataType | undefined => TYPES.get(code)

type Numeric = Exclude<DataType, 'string'>
const ARRAYS: {
  readonly [T in Numeric]: { new (b: ArrayBuffer, o: number, n: number): DataOf[T]; readonly BYTES_PER_ELEMENT: number }
} = {
  float32: Float32Array as never,
  float64: Float64Array as never,
  float16: Uint16Array as never,
  bfloat16: Uint16Array as never,
  int8: Int8Array as never,
  int16: Int16Array as never,
  int32: Int32Array as never,
  int64: BigInt64Array as never,
  uint8: Uint8Array as never,
  uint16: Uint16Array as never,
  uint32: Uint32Array as never,
  uint64: BigUint64Array as never,
  bool: Uint8Array as never,
}

/**
 * A tensor from its message. Numbers stored as raw bytes become a view of the file where their place allows it.
 * @throws FineTuneError 'onnx/malformed', 'onnx/external-data'
 */
export function readTensor(message: TensorProto): Tensor {
  const where = `tensor ${message.name || '(unnamed)'}`
  const malformed = (problem: string) => new FineTuneError('onnx/malformed', { problem, where })
  if (message.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const file = message.externalData.find(({ key }) => key === 'location')?.value ?? '(no location)'
    throw new FineTuneError('onnx/external-data', { tensor: message.name, file })
  }
  const type = typeOf(message.dataType)
  if (!type) throw malformed(`element type ${message.dataType} is not supported`)
  const dims = message.dims.map(Number)
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) throw malformed(`impossible shape [${dims}]`)
  const size = sizeOf(dims)
  const data = type === 'string' ? message.stringData.map((s) => new TextDecoder().decode(s)) : numbers(message, type)
  if (data === undefined || data.length !== size)
    throw malformed(
      `shape [${dims}] of ${type} wants ${size} elements, the file has ${data?.length ?? 'a broken number of bytes'}`,
    )
  return remember({ type, dims, data } as Tensor, message)
}

function numbers(message: TensorProto, type: Numeric): Tensor['data'] | undefined {
  const { rawData, floatData, int32Data, int64Data, doubleData, uint64Data } = message
  if (rawData.length > 0) return fromRaw(rawData, type)
  switch (type) {
    case 'float32':
      return Float32Array.from(floatData)
    case 'float64':
      return Float64Array.from(doubleData)
    case 'int64':
      return BigInt64Array.from(int64Data)
    case 'uint64':
      return BigUint64Array.from(uint64Data)
    case 'uint32':
      return Uint32Array.from(uint64Data, Number)
    default: {
      const array = fromRaw(new Uint8Array(int32Data.length * ARRAYS[type].BYTES_PER_ELEMENT), type) as Int32Array
      array.set(int32Data)
      return array
    }
  }
}

/** Typed arrays want their bytes at a multiple of the element's size; protobuf puts them anywhere. */
function fromRaw(bytes: Uint8Array, type: Numeric): Tensor['data'] | undefined {
  const { BYTES_PER_ELEMENT: width } = ARRAYS[type]
  if (bytes.byteLength % width !== 0) return undefined
  const aligned = bytes.byteOffset % width === 0 && bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice()
  return new ARRAYS[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width)
}

/** A tensor as its message: raw bytes, little-endian as every platform of this library. */
export function writeTensor(tensor: Tensor, name = ''): TensorProto {
  const origin = originOf<TensorProto>(tensor)
  if (origin) return origin.name === name || name === '' ? origin : { ...origin, name }
  const base = { name, dims: tensor.dims.map(BigInt), dataType: codeOf(tensor.type) }
  if (tensor.type === 'string')
    return create(TensorProtoSchema, {
      ...base,
      stringData: (tensor.data as string[]).map((s) => new TextEncoder().encode(s)),
    })
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array
  return create(TensorProtoSchema, { ...base, rawData: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength) })
}
