import type { GraphBuilder } from '../../../builder.js'
import type { Node, Shape } from '../../../graph/graph.js'
import type { DataType } from '../../../graph/tensor.js'

/** The rule for writing one fused operator in simpler ones. One operator per file, listed in `register.ts`. */
export interface Decomposition {
  /** The operator's name, as `operatorOf` makes it. */
  readonly operator: string
  /** Adds nodes that make what the node makes, under the names of its outputs. */
  write(c: DecompositionContext): void
}

export interface DecompositionContext {
  readonly g: GraphBuilder
  readonly node: Node
  /** The version of the default operator set. */
  readonly opset: number
  /** Returns the shape of a value, and refuses the node if it is unknown. */
  readonly shape: (value: string) => Shape
  /** Returns the element type of a value, if it is known. */
  readonly typeOf: (value: string) => DataType | undefined
  /** Refuses the node, which is then not changed, for a form of it that has no simpler one. */
  readonly refuse: (form: string) => never
  /** Tells whether the graph reads an output of the node. */
  readonly isRead: (output: number) => boolean
}

/** Returns an input, or undefined if it is omitted. */
export const inputOf = ({ node }: DecompositionContext, place: number): string | undefined =>
  node.inputs[place] || undefined

/** Returns a known size of a value. */
export function sizeAt({ shape, refuse }: DecompositionContext, value: string, axis: number): number {
  const size = shape(value).at(axis)
  return typeof size === 'number' ? size : refuse(`an unknown size of ${value}`)
}
