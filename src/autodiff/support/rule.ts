import type { GraphBuilder } from '../../onnx/builder.js'
import type { Node, Shape } from '../../onnx/graph/graph.js'

/** The rules for training one operator. One operator per file, listed in `register.ts`. */
export interface GradientRule<Input extends string = string> {
  /** The operator's name, as `operatorOf` makes it. */
  readonly operator: string
  /** Other names of the same operator, such as that of its time before the standard. Default: none. */
  readonly aliases?: readonly string[]
  /** The names of its inputs in the ONNX standard, in order. The last one may stand for several. */
  readonly inputs: readonly Input[]
  /**
   * Returns the inputs that a training step updates besides the trainable parameters, such as running statistics. The
   * training form of the node puts out the new value of each as `<name>.out`.
   */
  readonly state?: (node: Node, dependsOnTrainable: (value: string) => boolean) => readonly string[]
  /**
   * Returns the node as it is in a training graph, if that differs from inference. It may become another operator; nodes
   * that it needs are added before it.
   */
  readonly trainingForm?: (node: Node, context: TrainingFormContext) => Node
  /** Returns the node as it is in an evaluation graph, if a model exported for training differs from inference. */
  readonly inferenceForm?: (node: Node) => Node
  /** True if the rule reads the gradients of every output, `dys`, and not the first one's alone. Default: false. */
  readonly readsEveryOutput?: boolean
  /** Returns the gradients of its inputs. What several of them share is written at once, each of them if it is wanted. */
  gradient?(c: GradientContext<Input>): InputGradients<Input>
}

/**
 * Functions by the name of an input, each of which adds the nodes of its gradient and returns their result. It is called
 * only if that gradient is wanted; `place` counts the inputs of that name. An input without a function, or with
 * `undefined`, has no gradient.
 */
export type InputGradients<Input extends string> = {
  readonly [name in Input]?: (place: number) => string | undefined
}

/** Returns a rule, and checks that its gradients are named after its inputs. */
export const gradientRule = <const Input extends string>(rule: GradientRule<Input>): GradientRule =>
  rule as unknown as GradientRule

export interface TrainingFormContext {
  readonly g: GraphBuilder
  /** True if a gradient will flow through the node. */
  readonly differentiated: boolean
  /** Tells whether a value is a trainable parameter or is computed from one. */
  readonly dependsOnTrainable: (value: string) => boolean
}

export interface GradientContext<Input extends string = string> {
  readonly g: GraphBuilder
  /** The forward node, in its training form. */
  readonly node: Node
  /** The gradient of the first output. */
  readonly dy: string
  /** The gradients of all outputs; `undefined` for one on which the loss does not depend. */
  readonly dys: readonly (string | undefined)[]
  /** Tells if the gradient of that input leads to a trainable parameter. */
  wants(input: Input): boolean
  /** The shape of a forward value as far as it could be inferred: `undefined` where not even its rank is known. */
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
