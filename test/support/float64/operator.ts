import type { Node } from '../../../src/onnx/graph/graph.js'
import type { Array64 } from './Array64.js'

/** What an operator may ask for besides its inputs. */
export interface Context {
  /** Whether a batch norm of a forward graph uses the statistics of the batch. */
  trains(node: Node): boolean
  /** Channels in a block of ONNX Runtime's own layout. */
  readonly block: number
  /** The version of the standard's operator set. */
  readonly opset: number
  /** The sizes that the graph declares for a value, symbols as NaN. */
  declared(value: string): readonly number[] | undefined
  /** The sizes of what the node that makes a value reads first. */
  sourceOf(value: string): readonly number[] | undefined
}

/** Omitted inputs are undefined. Several outputs come as a list, in order. */
export type Operator = (
  node: Node,
  inputs: readonly (Array64 | undefined)[],
  context: Context,
) => Array64 | readonly Array64[]

/** By `domain:opType`, the standard domain being empty. */
export type Operators = Readonly<Record<string, Operator>>
