import type { Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'

/**
 * A step of lowering that processes the whole graph. It may change the graph that it receives, and returns the result.
 */
export interface Pass {
  readonly name: string
  /** True if the graph cannot run without it, so that `disable` does not accept its name. @default false */
  readonly required?: boolean
  /** The operators that it removes from the graph, as `operatorOf` names them. */
  readonly lowers?: readonly string[]
  apply(graph: Graph, context: PassContext): Graph
}

export interface PassContext {
  /** The inputs of the graph whose value is known: frozen parameters. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** True if gradients are added to those of the runs before. */
  readonly accumulate: boolean
  /** The optimizer's graph, if gradients are consumed in the run that computes them. */
  readonly update?: Graph | undefined
}

/** The context of passes that lower nothing. */
export const NO_CONTEXT: PassContext = { constants: new Map(), accumulate: false }
