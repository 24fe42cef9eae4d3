import type { GraphBuilder } from '../../../builder.js'
import { onnxError } from '../../../errors.js'
import { type Node, operatorOf, type Shape } from '../../../graph/graph.js'
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
  /** Returns the shape of a value. @throws FineTuneError 'onnx/unsupported-form' if it is unknown */
  readonly shape: (value: string) => Shape
  /** Returns the element type of a value, if it is known. */
  readonly typeOf: (value: string) => DataType | undefined
  /** Refuses the node for a property of it. @throws FineTuneError 'onnx/unsupported-form' */
  readonly refuse: (form: string) => never
  /** Tells whether the graph reads an output of the node. */
  readonly isRead: (output: number) => boolean
}

/** Returns the refusal of a node. */
export const refusalOf =
  (node: Node) =>
  (form: string): never => {
    throw onnxError('onnx/unsupported-form', { op: operatorOf(node), node: node.name || node.outputs[0]!, form })
  }

/** Returns an input, or undefined if it is omitted. */
export const inputOf = ({ node }: DecompositionContext, place: number): string | undefined =>
  node.inputs[place] || undefined

/** Returns a known size of a value. */
export function sizeAt({ shape, refuse }: DecompositionContext, value: string, axis: number): number {
  const size = shape(value).at(axis)
  return typeof size === 'number' ? size : refuse(`an unknown size of ${value}`)
}
