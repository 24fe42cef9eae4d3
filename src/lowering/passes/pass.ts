import type { Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'

/** A step of lowering that sees the whole graph. It may change the graph that it is given, and returns the result. */
export interface Pass {
  readonly name: string
  /** Whether the graph cannot run without it, so that `disable` does not take its name. Default: false. */
  readonly required?: boolean
  /** Operators that it takes out of the graph, as `operatorOf` names them. */
  readonly lowers?: readonly string[]
  apply(graph: Graph, context: PassContext): Graph
}

export interface PassContext {
  /** Inputs of the graph whose value is known: frozen parameters. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** Whether gradients are added to those of the runs before. */
  readonly accumulate: boolean
  /** The optimizer's graph, if gradients are used up in the run that makes them. */
  readonly update?: Graph | undefined
}
