import type { Node } from '../../../onnx/graph/graph.js'
import type { BlockedWriter } from './BlockedWriter.js'

/** The blocked form of an official operator. */
export interface BlockedRule {
  /** The operator's name, as `operatorOf` makes it. */
  readonly operator: string
  /** Writes a node that the plan has in the blocked layout. */
  write(node: Node, c: BlockedWriter): void
}
