import type { NumericType } from '../onnx/graph/tensor.js'

/** The element types of safetensors that a graph supports: their name in the file, bytes per element. */
export const SAFETENSORS_TYPES: readonly {
  readonly dtype: string
  readonly type: NumericType
  readonly bytes: number
}[] = [
  { dtype: 'BOOL', type: 'bool', bytes: 1 },
  { dtype: 'U8', type: 'uint8', bytes: 1 },
  { dtype: 'I8', type: 'int8', bytes: 1 },
  { dtype: 'I16', type: 'int16', bytes: 2 },
  { dtype: 'U16', type: 'uint16', bytes: 2 },
  { dtype: 'F16', type: 'float16', bytes: 2 },
  { dtype: 'BF16', type: 'bfloat16', bytes: 2 },
  { dtype: 'I32', type: 'int32', bytes: 4 },
  { dtype: 'U32', type: 'uint32', bytes: 4 },
  { dtype: 'F32', type: 'float32', bytes: 4 },
  { dtype: 'F64', type: 'float64', bytes: 8 },
  { dtype: 'I64', type: 'int64', bytes: 8 },
  { dtype: 'U64', type: 'uint64', bytes: 8 },
]
