import type { GraphBuilder } from '../../onnx/builder.js'
import type { Node, Shape } from '../../onnx/graph/graph.js'

/** The rules for training one operator. One rule per file, listed in `register.ts`. */
export interface GradientRule {
  readonly opType: string
  /** The domain of the operator; `''` is that of the ONNX standard. @default '' */
  readonly domain?: string
  /**
   * Returns the inputs that a training step updates besides the trainable parameters, such as running statistics. The
   * training form of the node puts out the new value of each as `<name>.out`.
   */
  readonly state?: (node: Node, dependsOnTrainable: (value: string) => boolean) => readonly string[]
  /** Returns the node as it is in a training graph, if that differs from inference. It may become another operator. */
  readonly trainingForm?: (node: Node, context: TrainingFormContext) => Node
  /** Returns the node as it is in an evaluation graph, if a model exported for training differs from inference. */
  readonly inferenceForm?: (node: Node) => Node
  /**
   * Adds the nodes that compute the gradients of the inputs and returns their names, one per input; `undefined` if
   * there is no gradient or it is not wanted.
   */
  readonly gradient?: (context: GradientContext) => readonly (string | undefined)[]
}

export interface TrainingFormContext {
  readonly g: GraphBuilder
  /** True if a gradient will flow through the node. */
  readonly differentiated: boolean
  /** Tells whether a value is a trainable parameter or is computed from one. */
  readonly dependsOnTrainable: (value: string) => boolean
}

export interface GradientContext {
  readonly g: GraphBuilder
  /** The forward node, in its training form. */
  readonly node: Node
  /** The gradient of the first output. */
  readonly dy: string
  /** Tells whether the gradient of that input leads to a trainable parameter. */
  readonly wants: (input: number) => boolean
  /** Returns the shape of a forward value as far as it could be inferred: `undefined` if not even its rank is known. */
  readonly knownShape: (value: string) => Shape | undefined
  /** Returns `knownShape`. @throws FineTuneError 'autodiff/unknown-shape' if there is none */
  readonly shape: (value: string) => Shape
  /**
   * Returns dimensions of a forward value, from axis `from` on.
   * @throws FineTuneError 'autodiff/unknown-shape' for a symbol
   */
  readonly staticShape: (value: string, from: number) => readonly number[]
  /** The version of the default operator set. */
  readonly opset: number
}
