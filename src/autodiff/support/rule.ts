import type { GraphBuilder } from '../../onnx/builder.js'
import type { Node, Shape } from '../../onnx/graph/graph.js'

/** How one operator is trained. One rule a file, listed in `register.ts`. */
export interface GradientRule {
  readonly opType: string
  /** Default `''`, the domain of the ONNX standard. */
  readonly domain?: string
  /**
   * Inputs that a training step updates besides the trainable parameters, such as running statistics. The training form
   * of the node puts out the new value of each as `<name>.out`.
   */
  readonly state?: (node: Node, dependsOnTrainable: (value: string) => boolean) => readonly string[]
  /** The node as it stands in a training graph, where that differs from inference. It may become another operator. */
  readonly trainingForm?: (node: Node, context: TrainingFormContext) => Node
  /** The node as it stands in an evaluation graph, where a model exported for training differs from inference. */
  readonly inferenceForm?: (node: Node) => Node
  /**
   * Adds the nodes that compute the gradients of the inputs and returns their names, one per input; `undefined` where
   * there is none or where it is not wanted.
   */
  readonly gradient?: (context: GradientContext) => readonly (string | undefined)[]
}

export interface TrainingFormContext {
  readonly g: GraphBuilder
  /** Whether a gradient will flow through the node. */
  readonly differentiated: boolean
  /** Whether a value is a trainable parameter or is computed from one. */
  readonly dependsOnTrainable: (value: string) => boolean
}

export interface GradientContext {
  readonly g: GraphBuilder
  /** The forward node, in its training form. */
  readonly node: Node
  /** The gradient of the first output. */
  readonly dy: string
  /** Whether the gradient of that input leads to a trainable parameter. */
  readonly wants: (input: number) => boolean
  /** The shape of a forward value as far as it could be inferred: `undefined` where not even its rank is known. */
  readonly knownShape: (value: string) => Shape | undefined
  /** `knownShape`. @throws 'autodiff/unknown-shape' where there is none */
  readonly shape: (value: string) => Shape
  /** The dimensions of a forward value from axis `from` on. @throws 'autodiff/unknown-shape' where one is not a number. */
  readonly staticShape: (value: string, from: number) => readonly number[]
  /** The version of the default operator set. */
  readonly opset: number
}
