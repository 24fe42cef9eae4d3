import type { DataOf, DataType } from '../../onnx/tensor.js'

type Stored = Exclude<DataType, 'string'>

export interface TorchType {
  /** The name of the typed storage that old and current files give (`torch.FloatStorage`). */
  readonly storage?: string
  /** The name after `torch.`. */
  readonly dtype: string
  readonly type: Stored
  readonly bytes: number
  readonly array: new (buffer: ArrayBuffer) => DataOf[Stored]
}

/** The element types of torch that have a place in a graph. */
export const TORCH_TYPES: readonly TorchType[] = [
  { storage: 'FloatStorage', dtype: 'float32', type: 'float32', bytes: 4, array: Float32Array },
  { storage: 'HalfStorage', dtype: 'float16', type: 'float16', bytes: 2, array: Uint16Array },
  { storage: 'BFloat16Storage', dtype: 'bfloat16', type: 'bfloat16', bytes: 2, array: Uint16Array },
  { storage: 'DoubleStorage', dtype: 'float64', type: 'float64', bytes: 8, array: Float64Array },
  { storage: 'LongStorage', dtype: 'int64', type: 'int64', bytes: 8, array: BigInt64Array },
  { storage: 'IntStorage', dtype: 'int32', type: 'int32', bytes: 4, array: Int32Array },
  { storage: 'ShortStorage', dtype: 'int16', type: 'int16', bytes: 2, array: Int16Array },
  { storage: 'CharStorage', dtype: 'int8', type: 'int8', bytes: 1, array: Int8Array },
  { storage: 'ByteStorage', dtype: 'uint8', type: 'uint8', bytes: 1, array: Uint8Array },
  { storage: 'BoolStorage', dtype: 'bool', type: 'bool', bytes: 1, array: Uint8Array },
  { dtype: 'uint16', type: 'uint16', bytes: 2, array: Uint16Array },
  { dtype: 'uint32', type: 'uint32', bytes: 4, array: Uint32Array },
  { dtype: 'uint64', type: 'uint64', bytes: 8, array: BigUint64Array },
]

export const torchType = (dtype: string): TorchType | undefined => TORCH_TYPES.find((type) => type.dtype === dtype)
