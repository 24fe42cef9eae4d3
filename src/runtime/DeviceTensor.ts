import type * as Ort from 'onnxruntime-common'
import type { DataType, Tensor } from '../onnx/graph/tensor.js'

/** A tensor in the memory of the device: a handle, whose elements only the runtime that made it can read. */
export class DeviceTensor {
  constructor(
    readonly type: DataType,
    readonly dims: readonly number[],
    readonly handle: Ort.Tensor,
    /** Is called when the memory is freed. */
    readonly freed: () => void,
  ) {}

  /** Frees the memory, which no later run may be given. */
  dispose(): void {
    this.handle.dispose()
    this.freed()
  }
}

/** A tensor wherever it is: in memory of JavaScript, or on the device. */
export type Value = Tensor | DeviceTensor

export type Values = Readonly<Record<string, Value>>

export const isOnDevice = (value: Value): value is DeviceTensor => value instanceof DeviceTensor
