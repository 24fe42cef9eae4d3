import { create } from '@bufbuild/protobuf'
import { onnxError } from '../errors.js'
import { toBytes, toText } from '../graph/scalars.js'
import { type DataType, NUMERIC_ARRAYS, type NumericType, numbersOf, sizeOf, type Tensor } from '../graph/tensor.js'
import {
  TensorProto_DataType as Code,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './gen/onnx_pb.js'
import { copyMessage, originOf, remember, setFields } from './origin.js'

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

const BYTES_ALONE =
  'bytes alone do not tell where that file is. Give the path or URL of the model, or save it with its weights inside (in Python: onnx.save(onnx.load(path), path))'

/** Returns ONNX's code of an element type. */
export const codeOf = (type: DataType): number => CODES[type]
/** Returns the element type of ONNX's code, if this library has it. */
export const typeOf = (code: number): DataType | undefined => TYPES.get(code)

/**
 * Checks that a tensor's elements are in the model itself.
 *
 * @throws FineTuneError 'onnx/external-data'
 */
export function demandInside(message: TensorProto, where: string): void {
  if (message.dataLocation !== TensorProto_DataLocation.EXTERNAL) return
  const file = message.externalData.find(({ key }) => key === 'location')?.value ?? '(no location)'
  throw onnxError('onnx/external-data', { tensor: message.name || where, file, problem: BYTES_ALONE })
}

/**
 * Reads a tensor from its message. Elements stored as raw bytes become a view of the file if their alignment allows it.
 *
 * @param where names the tensor in errors
 * @throws FineTuneError 'onnx/malformed', 'onnx/external-data', 'onnx/unsupported-type'
 */
export function readTensor(message: TensorProto, where: string): Tensor {
  demandInside(message, where)
  const type = typeOf(message.dataType)
  if (!type)
    throw onnxError('onnx/unsupported-type', {
      where,
      type: Code[message.dataType] ?? `number ${message.dataType}`,
      supported: Object.keys(CODES),
    })
  const dims = message.dims.map(Number)
  const shape = dims.length <= 16 ? `[${dims}]` : `of rank ${dims.length}`
  const malformed = (problem: string) => onnxError('onnx/malformed', { problem, where })
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) throw malformed(`impossible shape ${shape}`)
  const size = sizeOf(dims)
  const data = type === 'string' ? message.stringData.map(toText) : numbers(message, type)
  if (data?.length !== size)
    throw malformed(
      `shape ${shape} of ${type} wants ${size} elements, the file has ${data?.length ?? 'a broken number of bytes'}`,
    )
  return remember({ type, dims, data } as Tensor, message)
}

function numbers(message: TensorProto, type: NumericType): Tensor['data'] | undefined {
  const { rawData, floatData, int32Data, int64Data, doubleData, uint64Data } = message
  if (rawData.length > 0) return numbersOf(type, rawData)
  switch (type) {
    case 'float32':
      return new Float32Array(floatData)
    case 'float64':
      return new Float64Array(doubleData)
    case 'int64':
      return new BigInt64Array(int64Data)
    case 'uint64':
      return new BigUint64Array(uint64Data)
    case 'uint32':
      return Uint32Array.from(uint64Data, Number)
    default: {
      const array = new NUMERIC_ARRAYS[type](int32Data.length)
      array.set(int32Data)
      return array
    }
  }
}

/** Writes a tensor as its message, unchanged or with raw bytes: little-endian, as every platform of this library. */
export function writeTensor(tensor: Tensor, name?: string): TensorProto {
  const origin = originOf<TensorProto>(tensor)
  const message = origin ? copyMessage(origin) : create(TensorProtoSchema)
  if (name !== undefined) setFields(message, { name })
  if (!origin) {
    message.dims = tensor.dims.map(BigInt)
    message.dataType = codeOf(tensor.type)
  }
  if (tensor.type !== 'string') {
    if (!origin || origin.rawData.length > 0) message.rawData = bytesOf(tensor.data as Float32Array)
  } else if (!origin) message.stringData = (tensor.data as string[]).map(toBytes)
  return message
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
