import { type Dim, intAttribute, type Shape } from '../graph.js'
import type { Tensor } from '../tensor.js'
import type { Known, ShapeRule } from './rule.js'

/** At most this many elements are followed through the arithmetic of shapes. */
const MOST_ELEMENTS = 64

/** What is known of a constant: its elements too, if it is a short list of whole numbers. */
export function ofTensor({ type, dims, data }: Tensor): Known {
  const countable = (type === 'int64' || type === 'int32') && dims.length <= 1 && data.length <= MOST_ELEMENTS
  return { type, shape: dims, elements: countable ? Array.from(data as ArrayLike<number | bigint>, Number) : undefined }
}

export const constant: ShapeRule = ({ node }) => {
  const { value, value_int, value_ints, value_float, value_floats } = node.attributes
  if (value?.type === 'tensor') return [ofTensor(value.value)]
  if (value_int?.type === 'int') return [{ type: 'int64', shape: [], elements: [value_int.value] }]
  if (value_ints?.type === 'ints')
    return [{ type: 'int64', shape: [value_ints.value.length], elements: value_ints.value }]
  if (value_float) return [{ type: 'float32', shape: [] }]
  if (value_floats?.type === 'floats') return [{ type: 'float32', shape: [value_floats.value.length] }]
  return [{ type: 'string' }]
}

export const constantOfShape: ShapeRule = ({ node, shape, elements }) => {
  const value = node.attributes.value
  const rank = shape(0)?.[0]
  const dims = elements(0) ?? (typeof rank === 'number' ? new Array<Dim>(rank).fill(null) : undefined)
  return [{ type: value?.type === 'tensor' ? value.value.type : 'float32', shape: dims }]
}

export const oneHot: ShapeRule = ({ node, type, shape, tensor }) => {
  const indices = shape(0)
  if (!indices) return [{ type: type(2) }]
  const axis = intAttribute(node, 'axis', -1)
  const depth = tensor(1)?.data[0]
  const at = axis < 0 ? axis + indices.length + 1 : axis
  return [{ type: type(2), shape: (indices as Shape).toSpliced(at, 0, depth === undefined ? null : Number(depth)) }]
}
