import type { GraphBuilder } from '../../../onnx/builder.js'
import type { Node } from '../../../onnx/graph/graph.js'
import type { Name } from '../layout/dims.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'
import { BlockedOps } from '../ops/BlockedOps.js'
import type { Plan } from '../plan/Plan.js'
import { BlockedValues } from './BlockedValues.js'
import { filledUp } from './paddedFilter.js'

/** The statistics of one batch norm. `mean` is that of its input as written, which may be shifted. */
export interface Statistics {
  readonly mean: Name
  readonly inverse: Name
  /** The factor gamma / sigma. */
  readonly factor: Name
  /** The number of values per channel. */
  readonly count: number
  /** True (a scalar of the graph) if the mean is far from zero: see `farMean.ts`. */
  readonly far: Name
}

/** The tensors that the forward pass keeps for the backward pass, by the node that computed them. */
export interface Kept {
  readonly statistics: Map<Node, Statistics>
  /** The inputs of 1x1 convolutions without the pixels that these skip. */
  readonly thinned: Map<Node, Name>
  /** The maxima of the rows of a pool's windows, in even and odd rows. */
  readonly rowMaxima: Map<Node, readonly [Name, Name]>
}

/** The context of a rule: the operators, the values, and the plan that it follows. */
export class BlockedWriter {
  readonly ops: BlockedOps
  readonly values: BlockedValues
  readonly #filters = new Map<string, Name>()
  readonly kept: Kept = { statistics: new Map(), thinned: new Map(), rowMaxima: new Map() }

  constructor(
    readonly g: GraphBuilder,
    readonly official: OfficialGraph,
    readonly plan: Plan,
    /** Writes a node in the standard layout, its inputs converted to it. */
    readonly writePlain: (node: Node, c: BlockedWriter) => void,
  ) {
    this.ops = new BlockedOps(g, official.block)
    this.values = new BlockedValues(this.ops, official)
  }

  /** Returns a weight in the blocked layout. One that is filled up to whole blocks is written once. */
  filter(weight: string): Name {
    const layout = this.official.padded.get(weight)
    if (!layout) return weight
    const filter = this.#filters.get(weight) ?? filledUp(this.ops, weight, this.official.dims(weight), layout)
    this.#filters.set(weight, filter)
    return filter
  }
}
