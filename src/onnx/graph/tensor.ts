import { checkArgument, isListOf, isWhole, type Kind } from '../../arguments.js'

/** The element types of graphs of this library, with the array that stores each. float16 and bfloat16 are raw bits. */
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

export type NumericType = Exclude<DataType, 'string'>

/** The array that stores the elements of each type. */
export const NUMERIC_ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Record<NumericType, unknown>

/**
 * Converts raw little-endian bytes to an array: a view if they are aligned as typed arrays require, else a copy.
 * Undefined if the last element is incomplete.
 */
export function numbersOf<T extends NumericType>(type: T, bytes: Uint8Array): DataOf[T] | undefined {
  const Data = NUMERIC_ARRAYS[type]
  const width = Data.BYTES_PER_ELEMENT
  if (bytes.byteLength % width !== 0) return undefined
  // Not slice(): that of Node's Buffer does not copy.
  const isAligned = bytes.byteOffset % width === 0 && bytes.buffer instanceof ArrayBuffer
  const aligned = isAligned ? bytes : new Uint8Array(bytes)
  return new Data(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width) as DataOf[T]
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)

export function float32(data: Float32Array | readonly number[], dims: readonly number[]): Tensor<'float32'> {
  checkArgument('float32: data', data, floats)
  checkArgument('float32: dims', dims, dimsOf(data.length))
  return { type: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data) }
}

export function int64(data: readonly (number | bigint)[], dims: readonly number[] = [data.length]): Tensor<'int64'> {
  checkArgument('int64: data', data, integers)
  checkArgument('int64: dims', dims, dimsOf(data.length))
  return { type: 'int64', dims, data: BigInt64Array.from(data, BigInt) }
}

const numberKind: Kind = { expected: 'a number', is: (value) => typeof value === 'number' }
const floats: Kind = {
  expected: 'a Float32Array or a list of numbers',
  is: (value) => value instanceof Float32Array || isListOf(value, (item) => typeof item === 'number'),
}
const integers: Kind = {
  expected: 'a list of whole numbers or bigints',
  is: (value) => isListOf(value, (item) => typeof item === 'bigint' || Number.isInteger(item)),
}
const dimsOf = (elements: number): Kind => ({
  expected: `a list of whole numbers whose product is ${elements}, the number of elements`,
  is: (value) => isListOf(value, (dim) => isWhole(dim)) && sizeOf(value as number[]) === elements,
})

/** Makes a float32 scalar. */
export function scalarTensor(value: number): Tensor<'float32'> {
  checkArgument('scalarTensor: value', value, numberKind)
  return float32([value], [])
}

export function zeros<T extends DataType>(type: T, dims: readonly number[]): Tensor<T> {
  return { type, dims, data: new NUMERIC_ARRAYS[type as NumericType](sizeOf(dims)) as DataOf[T] }
}

/** ONNX's codes of element types, for the attribute `to` of Cast. */
export const CAST_TO = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, bfloat16: 16 } as const
