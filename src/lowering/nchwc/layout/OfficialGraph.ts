import { type Graph, type GraphIndex, indexGraph, type Node, valuesReadBy } from '../../../onnx/graph/graph.js'
import { loweringError } from '../../errors.js'
import type { Dims } from './dims.js'
import type { FilterLayout } from './filters.js'

/** An official training graph with shapes, and the questions that its blocked form asks about it. */
export class OfficialGraph {
  readonly #index: GraphIndex
  /** Outputs of the graph, and what its subgraphs read. */
  readonly #seen: ReadonlySet<string>

  constructor(
    readonly graph: Graph,
    /** Weights that come in the blocked layout, from `blockedFilters`. */
    readonly filters: ReadonlyMap<string, FilterLayout>,
    /** Channels in a block. */
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

  /** Tells if every size of a value is known, and none is zero. */
  isKnown(value: string): boolean {
    return this.graph.info(value)?.shape?.every((dim) => typeof dim === 'number' && dim > 0) ?? false
  }

  /** Tells if every size of all that a node reads and makes is known. */
  isKnownNode({ inputs, outputs }: Node): boolean {
    return [...inputs, ...outputs].every((value) => value === '' || this.isKnown(value))
  }

  /** @throws FineTuneError 'lowering/unknown-shape' */
  dims(value: string): readonly number[] {
    const shape = this.graph.info(value)?.shape
    if (shape?.every((dim) => typeof dim === 'number')) return shape
    const node = this.producer(value)
    const facts = { value, op: node?.opType ?? 'an input', node: node?.name ?? value, needs: 'every size' }
    throw loweringError('lowering/unknown-shape', facts)
  }

  /** `dims` of a feature map. */
  dims4(value: string): Dims {
    return this.dims(value) as unknown as Dims
  }

  /** Tells if a value is read by nodes of these operators alone: nobody outside of the graph sees it. */
  isReadOnlyBy(value: string, ...opTypes: readonly string[]): boolean {
    return !this.#seen.has(value) && this.consumers(value).every(({ opType }) => opTypes.includes(opType))
  }
}
