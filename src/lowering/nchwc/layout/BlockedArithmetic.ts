import type { GraphBuilder } from '../../../onnx/builder.js'
import { Graph, NCHWC } from '../../../onnx/graph/graph.js'
import { float32, int64 } from '../../../onnx/graph/tensor.js'
import { HUGE_SLOPE } from '../../portable/support/mask.js'
import { type Dims, type Name, PHASES, type Phase, type Value } from './values.js'

/** Writes arithmetic on blocked tensors, each form in as few passes over memory as ONNX Runtime has operators for. */
export class BlockedArithmetic {
  private readonly kernels = new Map<string, Name>()
  private readonly orders = new Map<string, Name>()

  constructor(
    readonly g: GraphBuilder,
    /** Channels in a block. */
    readonly block: number,
  ) {}

  nchwc(
    opType: string,
    inputs: readonly (Name | undefined)[],
    attributes: Parameters<GraphBuilder['op']>[2] = {},
  ): Name {
    return this.g.op(opType, inputs, attributes, { domain: NCHWC })
  }

  /** A blocked convolution; `add` is summed into its result. */
  conv(
    inputs: { x: Name; w: Name; bias?: Name | undefined; add?: Name | undefined },
    attributes: Parameters<GraphBuilder['op']>[2],
  ): Name {
    const { x, w, bias, add } = inputs
    return this.nchwc('Conv', add ? [x, w, bias, add] : bias ? [x, w, bias] : [x, w], attributes)
  }

  /** What `write` writes, a float32 tensor, as a branch of If. It reads what is around it. */
  branch(write: () => Name): Graph {
    const { graph } = this.g
    const around = graph.nodes
    const branch = new Graph()
    graph.nodes = branch.nodes
    branch.outputs = [{ name: write(), type: 'float32' }]
    graph.nodes = around
    return branch
  }

  reshape(x: Name, ...dims: readonly number[]): Name {
    return this.g.op('Reshape', [x, this.g.ints(...dims)])
  }

  mul(a: Name, b: Name): Name {
    return this.g.op('Mul', [a, b])
  }

  sub(a: Name, b: Name): Name {
    return this.g.op('Sub', [a, b])
  }

  total(names: readonly Name[]): Name {
    return names.length === 1 ? names[0]! : this.g.op('Sum', names)
  }

  number(value: number): Name {
    return this.g.scalar(value)
  }

  /** The sum of x * y for each channel: a depthwise convolution whose filter is the other tensor. Nothing is written. */
  dot(x: Name, y: Name, dims: Dims): Name {
    const [n, c, h, w] = dims
    const rows = rowsOfSum(h, w)
    const groups = (n * c * h) / rows
    const sums = this.conv(
      { x: this.reshape(x, 1, groups, rows, w), w: this.reshape(y, groups, 1, rows, w) },
      { kernel_shape: [rows, w], group: groups },
    )
    return this.overSamples('ReduceSum', sums, dims, rows)
  }

  /** The mean of each channel. */
  mean(x: Name, dims: Dims): Name {
    const [n, c, h, w] = dims
    const rows = rowsOfSum(h, w)
    const parts = this.reshape(x, (n * c * h) / rows / this.block, this.block, rows, w)
    return this.overSamples('ReduceMean', this.nchwc('GlobalAveragePool', [parts]), dims, rows)
  }

  /** From results for each channel of each part of a picture to results for each channel. */
  private overSamples(reduction: 'ReduceSum' | 'ReduceMean', x: Name, [n, c, h]: Dims, rows: number): Name {
    if (rows === h) return this.g.op(reduction, [this.reshape(x, n, c), this.g.ints(0)], { keepdims: 0 })
    const parts = this.reshape(x, n, c / this.block, h / rows, this.block)
    return this.reshape(this.g.op(reduction, [parts, this.g.ints(0, 2)], { keepdims: 0 }), c)
  }

  /** a * x + b + add for each channel, then ReLU: one pass. */
  affine(x: Name, channels: number, a: Name, b: Name, add?: Name, relu = false): Name {
    return this.conv(
      { x, w: this.reshape(a, channels, 1, 1, 1), bias: b, add },
      { kernel_shape: [1, 1], group: channels, activation: relu ? 'Relu' : undefined },
    )
  }

  /** Zeros around a picture: top, left, bottom, right. */
  pad(x: Name, channels: number, pads: readonly [number, number, number, number]): Name {
    if (pads.every((pad) => pad === 0)) return x
    const w = this.perChannel(channels, [1], [1, 1])
    return this.conv({ x, w }, { kernel_shape: [1, 1], pads, group: channels })
  }

  /** One row down or one column right (`forward`), or back, zeros moving in; `add` is summed into the result. */
  shift(x: Name, channels: number, rows: number, columns: number, forward: boolean, add?: Name): Name {
    const size = [rows + 1, columns + 1] as const
    const w = this.perChannel(channels, forward ? [1, 0] : [0, 1], size)
    const pads = forward ? [rows, columns, 0, 0] : [0, 0, rows, columns]
    return this.conv({ x, w, add }, { kernel_shape: [...size], pads, group: channels })
  }

  /** A depthwise filter, the same for each channel. */
  perChannel(channels: number, kernel: readonly number[], size: readonly [number, number]): Name {
    // Depthwise filters are laid out with the channels of a block innermost.
    const { block } = this
    const values = Array.from(
      { length: channels * kernel.length },
      (_, i) => kernel[Math.floor(i / block) % kernel.length]!,
    )
    const key = `${channels}:${size}:${kernel}`
    const known = this.kernels.get(key)
    if (known) return known
    const name = this.g.constant(float32(values, [channels, 1, ...size]))
    this.kernels.set(key, name)
    return name
  }

  /** A constant list of positions; layers of one shape share theirs. */
  indices(order: readonly number[]): Name {
    const key = `${order}`
    const known = this.orders.get(key)
    if (known) return known
    const name = this.g.constant(int64(order))
    this.orders.set(key, name)
    return name
  }

  /** d where z > 0, else 0: a HardSigmoid so steep that it is a step. */
  maskByRelu(d: Name, z: Name): Name {
    return this.mul(this.g.op('HardSigmoid', [z], { alpha: HUGE_SLOPE, beta: 0 }), d)
  }

  /** 1 where x equals its upper bound, else 0: a HardSigmoid again, as Equal and Cast take one thread and twice the time. */
  reaches(x: Name, bound: Name): Name {
    return this.g.op('HardSigmoid', [this.sub(x, bound)], { alpha: HUGE_SLOPE, beta: 1 })
  }

  /** Four phases [N, C, h, w] as one tensor [N, C, 2h, 2w]. */
  interleave(phases: readonly Name[], n: number, c: number, h: number, w: number): Name {
    const { g, block } = this
    const rows = ((n * c) / block) * h
    const pairs = [0, 2].map((first) => {
      const pixels = [first, first + 1].map((phase) => this.reshape(phases[phase]!, rows * w, 1, block))
      return this.reshape(g.op('Concat', pixels, { axis: 1 }), rows, 1, 2 * w * block)
    })
    return this.reshape(g.op('Concat', pairs, { axis: 1 }), n, c, 2 * h, 2 * w)
  }

  /** The phases of a gradient, each the sum of its convolutions; a phase without any is zero. */
  sumPhases(phased: NonNullable<Value['phased']>, dims: readonly number[]): readonly Name[] {
    return PHASES.map((_, i) => {
      const terms = phased.get(i as Phase) ?? []
      let sum: Name | undefined
      for (const term of terms) sum = term(sum)
      return sum ?? this.g.op('ConstantOfShape', [this.g.ints(...dims)])
    })
  }
}

/** A float32 sum over many numbers one by one loses digits: pictures are summed in parts of this many pixels at most. */
const PIXELS_OF_SUM = 512

function rowsOfSum(height: number, width: number): number {
  for (let rows = height; rows > 1; rows--) if (height % rows === 0 && rows * width <= PIXELS_OF_SUM) return rows
  return 1
}
