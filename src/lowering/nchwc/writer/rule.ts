import type { Node } from '../../../onnx/graph/graph.js'
import type { BlockedWriter } from './BlockedWriter.js'

/** How an official operator is written in the blocked layout. */
export interface BlockedRule {
  /** As `operatorOf` names it. */
  readonly operator: string
  /** Writes a node that the plan has in the blocked layout. */
  write(node: Node, c: BlockedWriter): void
}
