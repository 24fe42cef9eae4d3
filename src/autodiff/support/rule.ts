import type { GraphBuilder } from '../../onnx/builder.js'
import type { Node, Shape } from '../../onnx/graph/graph.js'

/** How one operator is trained. One rule a file, listed in `register.ts`. */
export interface GradientRule<Input extends string = string> {
  /** As `operatorOf` names it. */
  readonly operator: string
  /** The names of its inputs in the ONNX standard, in order. The last one may stand for several. */
  readonly inputs: readonly Input[]
  /**
   * Inputs that a training step updates besides the trainable parameters, such as running statistics. The training form
   * of the node puts out the new value of each as `<name>.out`.
   */
  readonly state?: (node: Node, dependsOnTrainable: (value: string) => boolean) => readonly string[]
  /** The node as it stands in a training graph, where that differs from inference. It may become another operator. */
  readonly trainingForm?: (node: Node, context: TrainingFormContext) => Node
  /** The node as it stands in an evaluation graph, where a model exported for training differs from inference. */
  readonly inferenceForm?: (node: Node) => Node
  /** The gradients of its inputs. What several of them share is written at once, each of them where it is wanted. */
  gradient?(c: GradientContext<Input>): InputGradients<Input>
}

/**
 * By the name of an input, what adds the nodes of its gradient and returns their result, called only where that gradient is
 * wanted; `place` counts the inputs of that name. An input that is not there has no gradient, nor has one of `undefined`.
 */
export type InputGradients<Input extends string> = {
  readonly [name in Input]?: (place: number) => string | undefined
}

/** A rule whose gradients bear the names of its inputs. */
export const gradientRule = <const Input extends string>(rule: GradientRule<Input>): GradientRule =>
  rule as unknown as GradientRule

export interface TrainingFormContext {
  readonly g: GraphBuilder
  /** Whether a gradient will flow through the node. */
  readonly differentiated: boolean
  /** Whether a value is a trainable parameter or is computed from one. */
  readonly dependsOnTrainable: (value: string) => boolean
}

export interface GradientContext<Input extends string = string> {
  readonly g: GraphBuilder
  /** The forward node, in its training form. */
  readonly node: Node
  /** The gradient of the first output. */
  readonly dy: string
  /** Tells if the gradient of that input leads to a trainable parameter. */
  wants(input: Input): boolean
  /** The shape of a forward value as far as it could be inferred: `undefined` where not even its rank is known. */
  readonly knownShape: (value: string) => Shape | undefined
  /** `knownShape`. @throws 'autodiff/unknown-shape' where there is none */
  readonly shape: (value: string) => Shape
  /** The dimensions of a forward value from axis `from` on. @throws 'autodiff/unknown-shape' where one is not a number. */
  readonly staticShape: (value: string, from: number) => readonly number[]
  /** The version of the default operator set. */
  readonly opset: number
}
