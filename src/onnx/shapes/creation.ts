import { type Dim, intAttribute } from '../graph/graph.js'
import type { Tensor } from '../graph/tensor.js'
import { fromFront, unknownOf } from './dims.js'
import type { Known, ShapeRule } from './rule.js'

/** The most elements that are tracked through the arithmetic of shapes. */
export const MOST_ELEMENTS = 64

/** Returns the properties of a constant: its elements too, if it is a short list of whole numbers. */
export function ofTensor({ type, dims, data }: Tensor): Known {
  const countable = (type === 'int64' || type === 'int32') && dims.length <= 1 && data.length <= MOST_ELEMENTS
  return { type, shape: dims, elements: countable ? Array.from(data as ArrayLike<number | bigint>, Number) : undefined }
}

export const constant: ShapeRule = ({ node }) => {
  const { value, value_int, value_ints, value_float, value_floats, value_string, value_strings } = node.attributes
  if (value?.type === 'tensor') return [ofTensor(value.value)]
  if (value_int?.type === 'int') return [{ type: 'int64', shape: [], elements: [value_int.value] }]
  if (value_ints?.type === 'ints')
    return [{ type: 'int64', shape: [value_ints.value.length], elements: value_ints.value }]
  if (value_float?.type === 'float') return [{ type: 'float32', shape: [] }]
  if (value_floats?.type === 'floats') return [{ type: 'float32', shape: [value_floats.value.length] }]
  if (value_string?.type === 'string') return [{ type: 'string', shape: [] }]
  if (value_strings?.type === 'strings') return [{ type: 'string', shape: [value_strings.value.length] }]
  return [{}]
}

export const constantOfShape: ShapeRule = ({ node, shape, elements }) => {
  const value = node.attributes.value
  const dims = elements(0) ?? unknownOf(shape(0)?.[0])
  const filling = value?.type === 'tensor' ? ofTensor(value.value) : { type: 'float32' as const }
  const [length, ...others] = dims ?? []
  const isList = typeof length === 'number' && length <= MOST_ELEMENTS && others.length === 0
  const element = filling.elements?.[0]
  return [
    {
      type: filling.type,
      shape: dims,
      elements: isList && element !== undefined ? Array<Dim>(length).fill(element) : undefined,
    },
  ]
}

export const oneHot: ShapeRule = ({ node, type, shape, numbers, tensor }) => {
  const indices = shape(0)
  if (!indices) return [{ type: type(2) }]
  const at = fromFront(intAttribute(node, 'axis', -1), indices.length + 1)
  const depth = numbers(1)?.[0] ?? tensor(1)?.data[0]
  return [{ type: type(2), shape: indices.toSpliced(at, 0, depth === undefined ? null : Number(depth)) }]
}

/** Infers Range: the numbers from a start up to a limit, if they are whole numbers. */
export const range: ShapeRule = ({ type, elements }) => {
  const [start = null, limit = null, delta = null] = [0, 1, 2].map((index) => elements(index)?.[0])
  return [{ type: type(0), shape: [lengthOf(start, limit, delta)] }]
}

function lengthOf(start: Dim, limit: Dim, delta: Dim): Dim {
  if (start === 0 && delta === 1 && typeof limit === 'string') return limit
  if (typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number') return null
  return Math.max(0, Math.ceil((limit - start) / delta))
}
