import type { GraphBuilder } from '../../../onnx/builder.js'
import { Graph, NCHWC } from '../../../onnx/graph/graph.js'
import { float32, int64 } from '../../../onnx/graph/tensor.js'
import type { Name } from '../layout/dims.js'

type Attributes = Parameters<GraphBuilder['op']>[2]

export interface ConvInputs {
  readonly x: Name
  readonly w: Name
  readonly bias?: Name | undefined
  /** The tensor that is added to the result. */
  readonly add?: Name | undefined
}

/** A writer of operators on blocked tensors into a graph; the constants that it creates are shared. */
export class BlockedOps {
  readonly #kernels = new Map<string, Name>()
  readonly #orders = new Map<string, Name>()

  constructor(
    readonly g: GraphBuilder,
    /** The number of channels in a block. */
    readonly block: number,
  ) {}

  nchwc(opType: string, inputs: readonly (Name | undefined)[], attributes: Attributes = {}): Name {
    return this.g.op(opType, inputs, attributes, { domain: NCHWC })
  }

  conv({ x, w, bias, add }: ConvInputs, attributes: Attributes): Name {
    return this.nchwc('Conv', add ? [x, w, bias, add] : bias ? [x, w, bias] : [x, w], attributes)
  }

  /** Repeats single pixels over maps. */
  spread(pixels: Name, height: number, width: number): Name {
    const name = this.g.fresh('Upsample')
    // In this domain the scales are whole numbers, unlike those of the standard's operator.
    const attributes = { scales: { type: 'ints', value: [1, 1, height, width] } } as const
    this.g.graph.nodes.push({ name, opType: 'Upsample', domain: NCHWC, inputs: [pixels], outputs: [name], attributes })
    return name
  }

  reshape(x: Name, ...dims: readonly number[]): Name {
    return this.g.op('Reshape', [x, this.g.ints(...dims)])
  }

  add(a: Name, b: Name): Name {
    return this.g.op('Add', [a, b])
  }

  sub(a: Name, b: Name): Name {
    return this.g.op('Sub', [a, b])
  }

  mul(a: Name, b: Name): Name {
    return this.g.op('Mul', [a, b])
  }

  total(names: readonly Name[]): Name {
    return names.length === 1 ? names[0]! : this.g.op('Sum', names)
  }

  number(value: number): Name {
    return this.g.scalar(value)
  }

  /**
   * Returns the nodes that `write` adds, with a float32 result, as a branch of If. It reads values of the graph around
   * it.
   */
  branch(write: () => Name): Graph {
    const { graph } = this.g
    const around = graph.nodes
    const branch = new Graph()
    graph.nodes = branch.nodes
    branch.outputs = [{ name: write(), type: 'float32' }]
    graph.nodes = around
    return branch
  }

  /** Returns a depthwise filter, the same for each channel. */
  depthwiseFilter(channels: number, kernel: readonly number[], size: readonly [number, number]): Name {
    // Depthwise filters are laid out with the channels of a block innermost.
    const valueAt = (i: number) => kernel[Math.floor(i / this.block) % kernel.length]!
    return once(this.#kernels, `${channels}:${size}:${kernel}`, () => {
      const values = Array.from({ length: channels * kernel.length }, (_, i) => valueAt(i))
      return this.g.constant(float32(values, [channels, 1, ...size]))
    })
  }

  /** Returns a constant list of positions; layers of the same shape share theirs. */
  indices(order: readonly number[]): Name {
    return once(this.#orders, `${order}`, () => this.g.constant(int64(order)))
  }
}

function once(known: Map<string, Name>, key: string, make: () => Name): Name {
  const name = known.get(key) ?? make()
  known.set(key, name)
  return name
}
