import {
  floatAttribute,
  type Graph,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from '../../src/onnx/graph.js'
import type { Tensor } from '../../src/onnx/tensor.js'

/**
 * A forward evaluator in float64: slow, plain, and independent of the library. It is what finite differences are taken of,
 * since those of float32 kernels are good for three digits only.
 */
export interface Array64 {
  readonly dims: readonly number[]
  readonly data: Float64Array
}

export type Values = Map<string, Array64>

export const toArray64 = (tensor: Tensor): Array64 => ({
  dims: tensor.dims,
  data: Float64Array.from(tensor.data as ArrayLike<unknown>, Number),
})

/**
 * Evaluates `target`. `inputs` hold inputs and initializers; a batch norm for which `trains` is true uses the statistics
 * of the batch.
 */
export function evaluate64(graph: Graph, target: string, inputs: Values, trains: (node: Node) => boolean): Array64 {
  const values: Values = new Map(inputs)
  for (const node of graph.nodes) {
    const operator = operators[node.opType]
    if (!operator) throw new Error(`no float64 reference for ${node.opType}`)
    const [x, ...rest] = node.inputs.map((input) => values.get(input)!)
    values.set(node.outputs[0]!, operator(node, x!, rest, trains(node)))
    if (node.outputs[0] === target) break
  }
  return values.get(target)!
}

type Operator = (node: Node, x: Array64, rest: Array64[], trains: boolean) => Array64

const sizeOf = (dims: readonly number[]) => dims.reduce((size, dim) => size * dim, 1)

function make(dims: readonly number[], at: (index: number[]) => number): Array64 {
  const data = new Float64Array(sizeOf(dims))
  const index = dims.map(() => 0)
  for (let i = 0; i < data.length; i++) {
    data[i] = at(index)
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis]!++
      if (index[axis]! < dims[axis]!) break
      index[axis] = 0
    }
  }
  return { dims, data }
}

/** The element at an index, or undefined outside. */
function read({ dims, data }: Array64, index: readonly number[]): number | undefined {
  let offset = 0
  for (let axis = 0; axis < dims.length; axis++) {
    const i = index[axis]!
    if (i < 0 || i >= dims[axis]!) return undefined
    offset = offset * dims[axis]! + i
  }
  return data[offset]
}

const map = (x: Array64, f: (value: number) => number): Array64 => ({ dims: x.dims, data: x.data.map(f) })
const reshape = (x: Array64, dims: readonly number[]): Array64 => ({ dims, data: x.data })

function broadcast(f: (a: number, b: number) => number): Operator {
  return (_, a, [b]) => {
    const rank = Math.max(a.dims.length, b!.dims.length)
    const wide = (x: Array64) => reshape(x, [...Array<number>(rank - x.dims.length).fill(1), ...x.dims])
    const [left, right] = [wide(a), wide(b!)]
    const dims = left.dims.map((dim, axis) => Math.max(dim, right.dims[axis]!))
    const pick = (x: Array64, index: number[]) =>
      read(
        x,
        index.map((i, axis) => (x.dims[axis] === 1 ? 0 : i)),
      )!
    return make(dims, (index) => f(pick(left, index), pick(right, index)))
  }
}

/** Calls `visit` with every kernel position and the input position that it covers for the output position `out`. */
interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly begin: readonly number[]
  readonly out: readonly number[]
}

function windowOf(node: Node, size: readonly number[], kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1)
  const strides = intsAttribute(node, 'strides') ?? ones
  const dilations = intsAttribute(node, 'dilations') ?? ones
  const pads = [...(intsAttribute(node, 'pads') ?? [...kernel, ...kernel].fill(0))]
  const reach = kernel.map((extent, axis) => (extent - 1) * dilations[axis]! + 1)
  const mode = stringAttribute(node, 'auto_pad', 'NOTSET')
  const rank = kernel.length
  if (mode.startsWith('SAME'))
    for (const [axis, dim] of size.entries()) {
      const total = Math.max((Math.ceil(dim / strides[axis]!) - 1) * strides[axis]! + reach[axis]! - dim, 0)
      pads[axis] = mode === 'SAME_UPPER' ? total >> 1 : (total + 1) >> 1
      pads[axis + rank] = total - pads[axis]!
    }
  const round = intAttribute(node, 'ceil_mode', 0) ? Math.ceil : Math.floor
  const out = size.map((dim, axis) => {
    const steps = (dim + pads[axis]! + pads[axis + rank]! - reach[axis]!) / strides[axis]!
    return round(steps) + 1
  })
  return { kernel, strides, dilations, begin: pads.slice(0, rank), out }
}

function visit(w: Window, out: readonly number[], each: (kernel: number[], input: number[]) => void): void {
  make(w.kernel, (k) => {
    each(
      k,
      k.map((i, axis) => out[axis]! * w.strides[axis]! - w.begin[axis]! + i * w.dilations[axis]!),
    )
    return 0
  })
}

const conv: Operator = (node, x, [weight, bias]) => {
  const group = intAttribute(node, 'group', 1)
  const [outputs, inputs] = weight!.dims as [number, number]
  const w = windowOf(node, x.dims.slice(2), weight!.dims.slice(2))
  return make([x.dims[0]!, outputs, ...w.out], ([n, m, ...at]) => {
    const first = Math.floor(m! / (outputs / group)) * inputs
    let sum = bias ? bias.data[m!]! : 0
    visit(w, at, (k, position) => {
      for (let i = 0; i < inputs; i++)
        sum += (read(x, [n!, first + i, ...position]) ?? 0) * read(weight!, [m!, i, ...k])!
    })
    return sum
  })
}

function pool(reduce: (values: number[], w: Window, node: Node) => number): Operator {
  return (node, x) => {
    const w = windowOf(node, x.dims.slice(2), intsAttribute(node, 'kernel_shape')!)
    return make([...x.dims.slice(0, 2), ...w.out], ([n, c, ...at]) => {
      const values: number[] = []
      visit(w, at, (_, position) => {
        const value = read(x, [n!, c!, ...position])
        if (value !== undefined) values.push(value)
      })
      return reduce(values, w, node)
    })
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

const averagePool = pool((values, w, node) => {
  return sum(values) / (intAttribute(node, 'count_include_pad', 0) ? sizeOf(w.kernel) : values.length)
})

const batchNormalization: Operator = (node, x, [scale, bias, mean, variance], trains) => {
  const channel = (c: number) => [...x.data].filter((_, i) => Math.floor(i / inner) % channels === c)
  const channels = x.dims[1]!
  const inner = sizeOf(x.dims.slice(2))
  const statistics = Array.from({ length: channels }, (_, c) => {
    if (!trains) return [mean!.data[c]!, variance!.data[c]!] as const
    const values = channel(c)
    const average = sum(values) / values.length
    return [average, sum(values.map((value) => (value - average) ** 2)) / values.length] as const
  })
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  return make(x.dims, (index) => {
    const c = index[1]!
    const [average, spread] = statistics[c]!
    return ((read(x, index)! - average) / Math.sqrt(spread + epsilon)) * scale!.data[c]! + bias!.data[c]!
  })
}

const matMul: Operator = (_, a, [b]) => {
  const left = a.dims.length === 1 ? reshape(a, [1, ...a.dims]) : a
  const right = b!.dims.length === 1 ? reshape(b!, [...b!.dims, 1]) : b!
  const rank = Math.max(left.dims.length, right.dims.length)
  const wide = (x: Array64) => reshape(x, [...Array<number>(rank - x.dims.length).fill(1), ...x.dims])
  const [l, r] = [wide(left), wide(right)]
  const batch = l.dims.slice(0, -2).map((dim, axis) => Math.max(dim, r.dims[axis]!))
  const entry = (x: Array64, at: number[]) => at.map((i, axis) => (x.dims[axis] === 1 ? 0 : i))
  const product = make([...batch, l.dims.at(-2)!, r.dims.at(-1)!], (index) => {
    const [at, i, j] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!]
    let total = 0
    for (let k = 0; k < l.dims.at(-1)!; k++)
      total += read(l, [...entry(l, at), i, k])! * read(r, [...entry(r, at), k, j])!
    return total
  })
  const dims = [
    ...batch,
    ...(a.dims.length > 1 ? [a.dims.at(-2)!] : []),
    ...(b!.dims.length > 1 ? [b!.dims.at(-1)!] : []),
  ]
  return reshape(product, dims)
}

const gemm: Operator = (node, a, [b, c]) => {
  const turned = (x: Array64, name: string) => (intAttribute(node, name, 0) ? permute(x, [1, 0]) : x)
  const product = matMul(node, turned(a, 'transA'), [turned(b!, 'transB')], false)
  const scaled = map(product, (value) => value * floatAttribute(node, 'alpha', 1))
  if (!c) return scaled
  return broadcast((x, y) => x + floatAttribute(node, 'beta', 1) * y)(node, scaled, [c], false)
}

function permute(x: Array64, perm: readonly number[]): Array64 {
  return make(
    perm.map((axis) => x.dims[axis]!),
    (index) => {
      const source: number[] = []
      for (const [i, axis] of perm.entries()) source[axis] = index[i]!
      return read(x, source)!
    },
  )
}

const concat: Operator = (node, x, rest) => {
  const parts = [x, ...rest]
  const axis = intAttribute(node, 'axis', 0)
  const along = axis < 0 ? axis + x.dims.length : axis
  const dims = x.dims.map((dim, i) => (i === along ? sum(parts.map((part) => part.dims[along]!)) : dim))
  return make(dims, (index) => {
    const at = [...index]
    for (const part of parts) {
      if (at[along]! < part.dims[along]!) return read(part, at)!
      at[along]! -= part.dims[along]!
    }
    return Number.NaN
  })
}

function logSoftmax(x: Array64, axis: number): Array64 {
  const along = axis < 0 ? axis + x.dims.length : axis
  return make(x.dims, (index) => {
    const line = Array.from({ length: x.dims[along]! }, (_, i) => read(x, index.with(along, i))!)
    const largest = Math.max(...line)
    return read(x, index)! - largest - Math.log(sum(line.map((value) => Math.exp(value - largest))))
  })
}

const crossEntropy: Operator = (node, logits, [labels]) => {
  const logs = logSoftmax(logits, 1)
  const losses = make(labels!.dims, ([n, ...at]) => -read(logs, [n!, read(labels!, [n!, ...at])!, ...at])!)
  const total = sum([...losses.data])
  const count = stringAttribute(node, 'reduction', 'mean') === 'mean' ? losses.data.length : 1
  return { dims: [], data: Float64Array.of(total / count) }
}

/** A target shape with its one -1 filled in and its zeros copied. */
function filled(x: Array64, target: readonly number[]): number[] {
  const dims = target.map((dim, axis) => (dim === 0 ? x.dims[axis]! : dim))
  const rest = sizeOf(x.dims) / sizeOf(dims.filter((dim) => dim !== -1))
  return dims.map((dim) => (dim === -1 ? rest : dim))
}

function flatten(node: Node, x: Array64): Array64 {
  const axis = intAttribute(node, 'axis', 1)
  const at = axis < 0 ? axis + x.dims.length : axis
  return reshape(x, [sizeOf(x.dims.slice(0, at)), sizeOf(x.dims.slice(at))])
}

const axesOf = (node: Node, input: Array64 | undefined): readonly number[] | undefined =>
  input ? [...input.data] : intsAttribute(node, 'axes')

const operators: Record<string, Operator> = {
  Add: broadcast((a, b) => a + b),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Clip: (node, x, [min, max]) => {
    const low = min?.data[0] ?? floatAttribute(node, 'min', -Infinity)
    const high = max?.data[0] ?? floatAttribute(node, 'max', Infinity)
    return map(x, (value) => Math.min(Math.max(value, low), high))
  },
  Concat: concat,
  Conv: conv,
  Div: broadcast((a, b) => a / b),
  Flatten: flatten,
  Gemm: gemm,
  GlobalAveragePool: (_, x) =>
    make([x.dims[0]!, x.dims[1]!, ...x.dims.slice(2).fill(1)], ([n, c]) => {
      const inner = sizeOf(x.dims.slice(2))
      const start = (n! * x.dims[1]! + c!) * inner
      return sum([...x.data.slice(start, start + inner)]) / inner
    }),
  Identity: (_, x) => x,
  LeakyRelu: (node, x) => map(x, (value) => (value > 0 ? value : value * floatAttribute(node, 'alpha', 0.01))),
  MatMul: matMul,
  MaxPool: pool((values) => Math.max(...values)),
  Mul: broadcast((a, b) => a * b),
  Relu: (_, x) => map(x, (value) => Math.max(value, 0)),
  Reshape: (_, x, [target]) => reshape(x, filled(x, [...target!.data])),
  Sigmoid: (_, x) => map(x, (value) => 1 / (1 + Math.exp(-value))),
  Softmax: (node, x) => map(logSoftmax(x, intAttribute(node, 'axis', -1)), Math.exp),
  SoftmaxCrossEntropyLoss: crossEntropy,
  Squeeze: (node, x, [axes]) => {
    const gone = axesOf(node, axes)?.map((axis) => (axis < 0 ? axis + x.dims.length : axis))
    return reshape(
      x,
      x.dims.filter((dim, axis) => (gone ? !gone.includes(axis) : dim !== 1)),
    )
  },
  Sub: broadcast((a, b) => a - b),
  Tanh: (_, x) => map(x, Math.tanh),
  Transpose: (node, x) => permute(x, intsAttribute(node, 'perm') ?? x.dims.map((_, i) => x.dims.length - 1 - i)),
  Unsqueeze: (node, x, [axes]) => {
    const list = axesOf(node, axes)!
    const rank = x.dims.length + list.length
    const added = list.map((axis) => (axis < 0 ? axis + rank : axis))
    const dims = [...x.dims]
    return reshape(
      x,
      Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : dims.shift()!)),
    )
  },
}
