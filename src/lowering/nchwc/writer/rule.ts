import type { Node } from '../../../onnx/graph/graph.js'
import type { BlockedWriter } from './BlockedWriter.js'

/** How an official operator is written in the blocked layout. */
export interface BlockedRule {
  /** `domain:opType` */
  readonly operator: string
  /** Writes a node that the plan has in the blocked layout. */
  write(node: Node, c: BlockedWriter): void
}
