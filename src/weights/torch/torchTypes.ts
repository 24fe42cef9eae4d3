import type { NumericType } from '../../onnx/graph/tensor.js'

export interface TorchType {
  /** The name of the typed storage in old and current files (`torch.FloatStorage`). */
  readonly storage?: string
  /** The name after `torch.`. */
  readonly dtype: string
  readonly type: NumericType
  readonly bytes: number
}

/** The element types of torch that a graph supports. */
export const TORCH_TYPES: readonly TorchType[] = [
  { storage: 'FloatStorage', dtype: 'float32', type: 'float32', bytes: 4 },
  { storage: 'HalfStorage', dtype: 'float16', type: 'float16', bytes: 2 },
  { storage: 'BFloat16Storage', dtype: 'bfloat16', type: 'bfloat16', bytes: 2 },
  { storage: 'DoubleStorage', dtype: 'float64', type: 'float64', bytes: 8 },
  { storage: 'LongStorage', dtype: 'int64', type: 'int64', bytes: 8 },
  { storage: 'IntStorage', dtype: 'int32', type: 'int32', bytes: 4 },
  { storage: 'ShortStorage', dtype: 'int16', type: 'int16', bytes: 2 },
  { storage: 'CharStorage', dtype: 'int8', type: 'int8', bytes: 1 },
  { storage: 'ByteStorage', dtype: 'uint8', type: 'uint8', bytes: 1 },
  { storage: 'BoolStorage', dtype: 'bool', type: 'bool', bytes: 1 },
  { dtype: 'uint16', type: 'uint16', bytes: 2 },
  { dtype: 'uint32', type: 'uint32', bytes: 4 },
  { dtype: 'uint64', type: 'uint64', bytes: 8 },
]

export const torchType = (dtype: string): TorchType | undefined => TORCH_TYPES.find((type) => type.dtype === dtype)
