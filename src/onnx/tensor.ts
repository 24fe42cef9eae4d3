/** The element types that graphs of this library hold, with the array that stores each. float16 and bfloat16 are raw bits. */
export interface DataOf {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  bfloat16: Uint16Array
  int8: Int8Array
  int16: Int16Array
  int32: Int32Array
  int64: BigInt64Array
  uint8: Uint8Array
  uint16: Uint16Array
  uint32: Uint32Array
  uint64: BigUint64Array
  bool: Uint8Array
  string: string[]
}
export type DataType = keyof DataOf

/** A dense tensor, row-major. `dims` is empty for a scalar. */
export interface Tensor<T extends DataType = DataType> {
  readonly type: T
  readonly dims: readonly number[]
  readonly data: DataOf[T]
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)

export function float32(data: Float32Array | readonly number[], dims: readonly number[]): Tensor<'float32'> {
  return { type: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data) }
}

export function int64(data: readonly (number | bigint)[], dims: readonly number[] = [data.length]): Tensor<'int64'> {
  return { type: 'int64', dims, data: BigInt64Array.from(data, BigInt) }
}

/** A float32 scalar. */
export const scalar = (value: number): Tensor<'float32'> => float32([value], [])
