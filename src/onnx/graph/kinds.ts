import { isListOf, isObject, isWhole, type Kind } from '../../arguments.js'
import { Graph } from './graph.js'
import { NUMERIC_ARRAYS, type NumericType, sizeOf, type Tensor } from './tensor.js'

/** Tells whether a value is a tensor whose number of elements agrees with its shape. */
export function isTensor(value: unknown): value is Tensor {
  if (!isObject(value) || !isDims(value.dims)) return false
  const { type, dims, data } = value as unknown as Tensor
  const isData = type === 'string' ? Array.isArray(data) : isNumeric(type) && data instanceof NUMERIC_ARRAYS[type]
  return isData && data.length === sizeOf(dims)
}

export const isDims = (value: unknown): boolean => isListOf(value, (dim) => isWhole(dim))
const isNumeric = (type: unknown): type is NumericType =>
  typeof type === 'string' && Object.hasOwn(NUMERIC_ARRAYS, type)

export const tensorKind: Kind = {
  expected: 'a tensor { type, dims, data } with as many elements as its dims say',
  is: isTensor,
}

export const graphKind: Kind = {
  expected: 'a Graph',
  is: (value) =>
    value instanceof Graph &&
    [value.inputs, value.outputs, value.nodes].every(Array.isArray) &&
    [value.initializers, value.values, value.opsets, value.metadata].every((map) => map instanceof Map),
}
