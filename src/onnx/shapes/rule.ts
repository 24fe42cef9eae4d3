import type { Dim, Node, Shape } from '../graph/graph.js'
import type { DataType, Tensor } from '../graph/tensor.js'

/** What is known about a value. */
export interface Known {
  readonly type?: DataType | undefined
  readonly shape?: Shape | undefined
  /** The elements of a small int64 tensor (at most 1-D), as far as they are known: shapes are computed with these. */
  readonly elements?: readonly Dim[] | undefined
}

/** What a rule may ask about the node. Indices count the node's inputs. */
export interface RuleContext {
  readonly node: Node
  /** Version of the operator set that the node's domain has. */
  readonly opset: number
  has(index: number): boolean
  type(index: number): DataType | undefined
  shape(index: number): Shape | undefined
  /** Elements of an int64 input, see `Known`. */
  elements(index: number): readonly Dim[] | undefined
  /** The same if every element is a known number. */
  numbers(index: number): readonly number[] | undefined
  /** What is known of an input of the node that makes input `index`. */
  behind(index: number, input: number): Known
  /** The tensor itself, where the input is an initializer. */
  tensor(index: number): Tensor | undefined
}

/** From what is known about a node's inputs to what is known about its outputs, in order. Unknown is `{}`. */
export type ShapeRule = (context: RuleContext) => readonly Known[]
