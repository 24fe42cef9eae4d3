import { floatAttribute, intAttribute } from '../../../src/onnx/graph/graph.js'
import { type Array64, broadcastDims, combine, expand, map, permute, reshape, sizeOf, zeros } from './Array64.js'
import type { Operator, Operators } from './operator.js'

/** Products of matrices, batched and broadcast as numpy.matmul does; a vector is a row on the left, a column on the right. */
function product(a: Array64, b: Array64): Array64 {
  const [left, right] = [
    a.dims.length === 1 ? reshape(a, [1, ...a.dims]) : a,
    b.dims.length === 1 ? reshape(b, [...b.dims, 1]) : b,
  ]
  const batch = broadcastDims(left.dims.slice(0, -2), right.dims.slice(0, -2))
  const [rows, inner, columns] = [left.dims.at(-2)!, left.dims.at(-1)!, right.dims.at(-1)!]
  const wide = (x: Array64) => expand(x, [...batch, ...x.dims.slice(-2)]).data
  const [l, r] = [wide(left), wide(right)]
  const { data } = zeros([...batch, rows, columns])
  for (let at = 0; at < sizeOf(batch); at++)
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < inner; k++)
        for (let j = 0; j < columns; j++)
          data[(at * rows + i) * columns + j]! += l[(at * rows + i) * inner + k]! * r[(at * inner + k) * columns + j]!
  return { dims: [...batch, ...(a.dims.length > 1 ? [rows] : []), ...(b.dims.length > 1 ? [columns] : [])], data }
}

const gemm: Operator = (node, [a, b, c]) => {
  const turned = (x: Array64, name: string) => (intAttribute(node, name, 0) ? permute(x, [1, 0]) : x)
  const alpha = floatAttribute(node, 'alpha', 1)
  const scaled = map(product(turned(a!, 'transA'), turned(b!, 'transB')), (value) => value * alpha)
  const beta = floatAttribute(node, 'beta', 1)
  return c ? combine(scaled, c, (x, y) => x + beta * y) : scaled
}

/** Of batches of matrices, with one or both factors transposed. */
const fusedProduct: Operator = (node, [a, b]) => {
  const transposed = (x: Array64, name: string) => {
    const axes = x.dims.map((_, axis) => axis)
    return intAttribute(node, name, 0) ? permute(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]) : x
  }
  const alpha = floatAttribute(node, 'alpha', 1)
  return map(product(transposed(a!, 'transA'), transposed(b!, 'transB')), (value) => value * alpha)
}

export const linear: Operators = {
  ':Gemm': gemm,
  'com.microsoft:FusedMatMul': fusedProduct,
  ':MatMul': (_, [a, b]) => product(a!, b!),
}
