import type { Dim, Node, Shape } from '../graph/graph.js'
import type { DataType, Tensor } from '../graph/tensor.js'

/** The known properties of a value. */
export interface Known {
  readonly type?: DataType | undefined
  readonly shape?: Shape | undefined
  /** The elements of a small int64 tensor (at most 1-D), as far as they are known: shapes are computed with these. */
  readonly elements?: readonly Dim[] | undefined
}

/** The information about a node for a rule. Indices count the node's inputs. */
export interface RuleContext {
  readonly node: Node
  /** The version of the operator set of the node's domain. */
  readonly opset: number
  has(index: number): boolean
  type(index: number): DataType | undefined
  shape(index: number): Shape | undefined
  /** Returns the elements of an int64 input, see `Known`. */
  elements(index: number): readonly Dim[] | undefined
  /** Returns the same if every element is a known number. */
  numbers(index: number): readonly number[] | undefined
  /** Returns the properties of an input of the node that makes input `index`. */
  behind(index: number, input: number): Known
  /** Returns the tensor itself, if the input is an initializer. */
  tensor(index: number): Tensor | undefined
}

/** A function from the known properties of a node's inputs to those of its outputs, in order. Unknown is `{}`. */
export type ShapeRule = (context: RuleContext) => readonly Known[]
