import { FineTuneError } from '../../../errors.js'
import type { GraphBuilder } from '../../../onnx/builder.js'
import { type Graph, type GraphIndex, indexGraph, NCHWC, type Node, valuesReadBy } from '../../../onnx/graph/graph.js'
import { BlockedArithmetic } from './BlockedArithmetic.js'
import type { FilterLayout } from './filters.js'
import type { Units } from './units.js'
import type { Name, Value } from './values.js'

/** Statistics of one batch norm, kept from its forward pass for its gradient. `mean` is that of the shifted input. */
export interface Statistics {
  readonly mean: Name
  readonly inverse: Name
  /** gamma / sigma */
  readonly factor: Name
  /** Values a channel. */
  readonly count: number
  /** Whether the mean is far from zero: see `farMean.ts`. */
  readonly far: Name
}

/** A convolution as its forward pass ran it: what its weight gradient reads. */
export interface ConvRecord {
  readonly x: Name
  readonly height: number
  readonly width: number
  readonly stride: number
  /** Rows and columns of zeros that its windows reach: top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number]
  readonly units: Units
}

/** A pool as its forward pass ran it: what its gradient compares. */
export interface PhasedPool {
  readonly phases: readonly Name[]
  /** Maxima of the rows of its windows, even and odd rows. */
  readonly rowMaxima: readonly [Name, Name]
}

/** The writer of a blocked graph: the arithmetic, and the state of every official value. */
export class Blocked extends BlockedArithmetic {
  readonly index: GraphIndex
  /** Outputs of the graph, and what its subgraphs read. */
  readonly #seen: ReadonlySet<string>
  readonly values = new Map<string, Value>()
  /** By the batch norm's own mean of the batch, which its gradient reads: several may have one input. */
  readonly statistics = new Map<string, Statistics>()
  /** By input, filter and geometry. */
  readonly convolutions = new Map<string, ConvRecord>()
  /** Pools of four phases, by their output. */
  readonly pools = new Map<string, PhasedPool>()
  /** What has been taken off each channel of a value: a running mean, by the value's name. */
  readonly shifts = new Map<string, Name>()

  constructor(
    g: GraphBuilder,
    /** The official graph; every shape is known. */
    readonly source: Graph,
    readonly layouts: ReadonlyMap<string, FilterLayout>,
    block: number,
    /** Writes a node in the standard layout, its inputs made plain. */
    readonly lowerPlain: (node: Node, c: Blocked) => void,
  ) {
    super(g, block)
    this.index = indexGraph(source)
    const inSubgraphs = source.nodes.flatMap((node) => valuesReadBy(node).slice(node.inputs.length))
    this.#seen = new Set([...source.outputs.map(({ name }) => name), ...inSubgraphs])
  }

  /** Whether every size of a value is known, and none is zero. */
  isKnown(value: string): boolean {
    return this.source.info(value)?.shape?.every((dim) => typeof dim === 'number' && dim > 0) ?? false
  }

  /** @throws FineTuneError 'lowering/unknown-shape' */
  dims(value: string): readonly number[] {
    const shape = this.source.info(value)?.shape
    if (shape?.every((dim) => typeof dim === 'number')) return shape
    const node = this.index.producer.get(value)
    const facts = { value, op: node?.opType ?? 'an input', node: node?.name ?? value, needs: 'every size' }
    throw new FineTuneError('lowering/unknown-shape', facts)
  }

  dims4(value: string): readonly [number, number, number, number] {
    return this.dims(value) as readonly [number, number, number, number]
  }

  /** Whether a value is read by nodes of these operators alone: nobody outside of the graph sees it. */
  isReadOnlyBy(value: string, ...opTypes: readonly string[]): boolean {
    return !this.#seen.has(value) && this.consumers(value).every(({ opType }) => opTypes.includes(opType))
  }

  /** Whether a value has or can have blocked tensors without being reordered. */
  isBlocked(value: string): boolean {
    return this.values.has(value)
  }

  consumers(value: string): readonly Node[] {
    return this.index.consumers.get(value) ?? []
  }

  /** The blocked tensor of a value, phases put together. */
  blocked(value: string): Name {
    const parts = this.parts(value)
    if (parts.length === 1) return parts[0]!
    const [n, c, h, w] = this.dims4(value)
    const whole = this.interleave(parts, n, c, h / 2, w / 2)
    this.values.set(value, { ...this.values.get(value), parts: [whole] })
    return whole
  }

  /** The blocked tensors of a value: one, or its four phases if it exists in phases. */
  parts(value: string): readonly Name[] {
    const state = this.values.get(value) ?? { plain: true }
    if (state.parts) return state.parts
    const parts = state.make ? state.make() : [this.reorder(value)]
    this.values.set(value, { ...state, parts })
    return parts
  }

  /** Makes sure that a value exists under its own name in the standard layout. */
  plain(value: string): void {
    const state = this.values.get(value)
    if (!state || state.plain) return
    const [, c, h, w] = this.dims4(value)
    const blocked = this.blocked(value)
    if (h * w === 1) this.g.op('Identity', [blocked], {}, { outputs: [value] })
    else this.g.op('ReorderOutput', [blocked], { channels: c }, { domain: NCHWC, outputs: [value] })
    this.values.set(value, { ...this.values.get(value), plain: true })
  }

  /** From the standard layout. A single pixel is the same in both. */
  private reorder(value: string): Name {
    const [, , h, w] = this.dims4(value)
    return h * w === 1 ? value : this.nchwc('ReorderInput', [value])
  }
}
