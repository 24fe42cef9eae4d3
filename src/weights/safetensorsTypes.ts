import type { DataOf, DataType } from '../onnx/tensor.js'

type Stored = Exclude<DataType, 'string'>

/** The element types of safetensors that have a place in a graph: their name in the file, bytes an element, array. */
export const SAFETENSORS_TYPES: readonly {
  readonly dtype: string
  readonly type: Stored
  readonly bytes: number
  readonly array: new (buffer: ArrayBuffer) => DataOf[Stored]
}[] = [
  { dtype: 'BOOL', type: 'bool', bytes: 1, array: Uint8Array },
  { dtype: 'U8', type: 'uint8', bytes: 1, array: Uint8Array },
  { dtype: 'I8', type: 'int8', bytes: 1, array: Int8Array },
  { dtype: 'I16', type: 'int16', bytes: 2, array: Int16Array },
  { dtype: 'U16', type: 'uint16', bytes: 2, array: Uint16Array },
  { dtype: 'F16', type: 'float16', bytes: 2, array: Uint16Array },
  { dtype: 'BF16', type: 'bfloat16', bytes: 2, array: Uint16Array },
  { dtype: 'I32', type: 'int32', bytes: 4, array: Int32Array },
  { dtype: 'U32', type: 'uint32', bytes: 4, array: Uint32Array },
  { dtype: 'F32', type: 'float32', bytes: 4, array: Float32Array },
  { dtype: 'F64', type: 'float64', bytes: 8, array: Float64Array },
  { dtype: 'I64', type: 'int64', bytes: 8, array: BigInt64Array },
  { dtype: 'U64', type: 'uint64', bytes: 8, array: BigUint64Array },
]
