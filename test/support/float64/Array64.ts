import type { Tensor } from '../../../src/onnx/graph/tensor.js'

/** A tensor of any type, its elements as float64: integers as they are, booleans as 0 and 1. */
export interface Array64 {
  readonly dims: readonly number[]
  readonly data: Float64Array
}

export const toArray64 = ({ dims, data }: Tensor): Array64 => ({
  dims,
  data: Float64Array.from(data as ArrayLike<unknown>, Number),
})

export const sizeOf = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1)
export const zeros = (dims: readonly number[]): Array64 => ({ dims, data: new Float64Array(sizeOf(dims)) })
export const list = (...values: readonly number[]): Array64 => ({
  dims: [values.length],
  data: Float64Array.from(values),
})
export const reshape = ({ data }: Array64, dims: readonly number[]): Array64 => ({ dims, data })
export const map = ({ dims, data }: Array64, f: (value: number) => number): Array64 => ({ dims, data: data.map(f) })
export const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

/** An axis counted from the end, from the front. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** How far apart in memory the neighbours along each axis are. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1)
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!
  return strides
}

/** The elements of x at `start + index . strides`: transposed, cut, thinned out, repeated (stride 0). */
export function view(x: Array64, dims: readonly number[], strides: readonly number[], start = 0): Array64 {
  const { data } = zeros(dims)
  const index = dims.map(() => 0)
  let at = start
  for (let i = 0; i < data.length; i++) {
    data[i] = x.data[at]!
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis]!++
      at += strides[axis]!
      if (index[axis]! < dims[axis]!) break
      at -= index[axis]! * strides[axis]!
      index[axis] = 0
    }
  }
  return { dims, data }
}

export function permute(x: Array64, perm: readonly number[]): Array64 {
  const strides = stridesOf(x.dims)
  return view(
    x,
    perm.map((axis) => x.dims[axis]!),
    perm.map((axis) => strides[axis]!),
  )
}

/** x repeated along the axes where it is 1 or that it lacks. */
export function expand(x: Array64, dims: readonly number[]): Array64 {
  const missing = dims.length - x.dims.length
  const strides = stridesOf(x.dims)
  const repeated = dims.map((_, axis) =>
    axis < missing || x.dims[axis - missing] === 1 ? 0 : strides[axis - missing]!,
  )
  return view(x, dims, repeated)
}

export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((dims) => dims.length))
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((dims) => dims[axis - rank + dims.length] ?? 1)
    return sizes.find((size) => size !== 1) ?? 1
  })
}

/** f of two tensors, element by element, each repeated where it is 1. */
export function combine(a: Array64, b: Array64, f: (a: number, b: number) => number): Array64 {
  const dims = broadcastDims(a.dims, b.dims)
  const [left, right] = [expand(a, dims), expand(b, dims)]
  return { dims, data: left.data.map((value, i) => f(value, right.data[i]!)) }
}

/** f of each line along some axes, which stay with size 1. Lines come out in row-major order. */
export function reduce(x: Array64, axes: readonly number[], f: (line: Float64Array) => number): Array64 {
  const gone = axes.map((axis) => fromFront(axis, x.dims.length))
  const kept = x.dims.map((_, axis) => axis).filter((axis) => !gone.includes(axis))
  const lines = permute(x, [...kept, ...gone]).data
  const length = sizeOf(gone.map((axis) => x.dims[axis]!))
  const result = zeros(x.dims.map((dim, axis) => (gone.includes(axis) ? 1 : dim)))
  for (let i = 0; i < result.data.length; i++) result.data[i] = f(lines.subarray(i * length, (i + 1) * length))
  return result
}
