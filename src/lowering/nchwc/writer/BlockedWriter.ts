import type { GraphBuilder } from '../../../onnx/builder.js'
import type { Node } from '../../../onnx/graph/graph.js'
import type { Name } from '../layout/dims.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'
import { BlockedOps } from '../ops/BlockedOps.js'
import type { Plan } from '../plan/Plan.js'
import { BlockedValues } from './BlockedValues.js'

/** Statistics of one batch norm. `mean` is that of its input as it is written, which may be shifted. */
export interface Statistics {
  readonly mean: Name
  readonly inverse: Name
  /** gamma / sigma */
  readonly factor: Name
  /** Values a channel. */
  readonly count: number
  /** The mean is far from zero: see `farMean.ts`. */
  readonly far: Name
}

/** Tensors that the forward pass keeps for the backward pass, by the node that made them. */
export interface Kept {
  readonly statistics: Map<Node, Statistics>
  /** Inputs of 1x1 convolutions without the pixels that these skip. */
  readonly thinned: Map<Node, Name>
  /** Maxima of the rows of a pool's windows, in even and odd rows. */
  readonly rowMaxima: Map<Node, readonly [Name, Name]>
}

/** What a rule writes with: the operators, the values, and the plan that it follows. */
export class BlockedWriter {
  readonly ops: BlockedOps
  readonly values: BlockedValues
  readonly kept: Kept = { statistics: new Map(), thinned: new Map(), rowMaxima: new Map() }

  constructor(
    readonly g: GraphBuilder,
    readonly official: OfficialGraph,
    readonly plan: Plan,
    /** Writes a node in the standard layout, its inputs made plain. */
    readonly writePlain: (node: Node, c: BlockedWriter) => void,
  ) {
    this.ops = new BlockedOps(g, official.block)
    this.values = new BlockedValues(this.ops, official)
  }
}
