import type { Node } from '../../onnx/graph/graph.js'
import type { Blocked } from './layout/Blocked.js'

/** How an official operator is written in the blocked layout. */
export interface BlockedRule {
  /** `domain:opType` */
  readonly operator: string
  /** Writes the node and returns true, or returns false where the blocked layout does not apply: then it goes plain. */
  write(node: Node, c: Blocked): boolean
}
