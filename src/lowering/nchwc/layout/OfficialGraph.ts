import { type Graph, type GraphIndex, indexGraph, type Node, valuesReadBy } from '../../../onnx/graph/graph.js'
import { loweringError } from '../../errors.js'
import type { Dims } from './dims.js'
import { type FilterLayout, wholeBlocks } from './filters.js'

/** An official training graph with shapes, and the queries of its blocked form. */
export class OfficialGraph {
  readonly #index: GraphIndex
  /** The outputs of the graph, and the values that its subgraphs read. */
  readonly #seen: ReadonlySet<string>

  constructor(
    readonly graph: Graph,
    /** The weights in the blocked layout, from `blockedFilters`. */
    readonly filters: ReadonlyMap<string, FilterLayout>,
    /** The weights that are filled up to whole blocks, from `paddedFilters`. */
    readonly padded: ReadonlyMap<string, FilterLayout>,
    /** The number of channels in a block. */
    readonly block: number,
  ) {
    this.#index = indexGraph(graph)
    const inSubgraphs = graph.nodes.flatMap((node) => valuesReadBy(node).slice(node.inputs.length))
    this.#seen = new Set([...graph.outputs.map(({ name }) => name), ...inSubgraphs])
  }

  producer(value: string): Node | undefined {
    return this.#index.producer.get(value)
  }

  consumers(value: string): readonly Node[] {
    return this.#index.consumers.get(value) ?? []
  }

  /** Tells whether every size of a value is known, and none is zero. */
  isKnown(value: string): boolean {
    return this.graph.info(value)?.shape?.every((dim) => typeof dim === 'number' && dim > 0) ?? false
  }

  /** Tells whether every size of all inputs and outputs of a node is known. */
  isKnownNode({ inputs, outputs }: Node): boolean {
    return [...inputs, ...outputs].every((value) => value === '' || this.isKnown(value))
  }

  /**
   * Returns the sizes of a value.
   *
   * @throws FineTuneError 'lowering/unknown-shape'
   */
  dims(value: string): readonly number[] {
    const shape = this.graph.info(value)?.shape
    if (shape?.every((dim) => typeof dim === 'number')) return shape
    const node = this.producer(value)
    const facts = { value, op: node?.opType ?? 'an input', node: node?.name ?? value, needs: 'every size' }
    throw loweringError('lowering/unknown-shape', facts)
  }

  /** Returns the sizes of a feature map in the blocked layout: its channels fill whole blocks. */
  dims4(value: string): Dims {
    const [n, channels, h, w] = this.dims(value) as unknown as Dims
    return [n, wholeBlocks(channels, this.block), h, w]
  }

  /** Tells whether the channels of a feature map are whole blocks without being filled up. */
  isWhole(value: string): boolean {
    return this.dims(value)[1]! % this.block === 0
  }

  /** Tells whether a value is read only by nodes of these operators: it is not visible outside of the graph. */
  isReadOnlyBy(value: string, ...opTypes: readonly string[]): boolean {
    return !this.#seen.has(value) && this.consumers(value).every(({ opType }) => opTypes.includes(opType))
  }
}
