import type { Graph } from '../onnx/graph/graph.js'

/** Parameters that are updated with the same settings. */
export interface ParamGroup {
  readonly name: string
  /** The names of parameters. Each trained parameter is in exactly one group. */
  readonly params: readonly string[]
  /**
   * The learning rate, at least 0. It is an input of the optimizer graph, so a schedule can change it at every step.
   */
  readonly lr: number
  /**
   * The weight decay: a share of each parameter that is added to its gradient; for AdamW, times `lr` subtracted
   * directly. Default: that of the optimizer.
   */
  readonly weightDecay?: number | undefined
  /** The share of the last update that is kept, from 0 up to, not including, 1. Default: that of the optimizer. */
  readonly momentum?: number | undefined
  /** True for Nesterov momentum, which looks one step ahead. Needs momentum. Default: that of the optimizer. */
  readonly nesterov?: boolean | undefined
}

/** An update of parameters from gradients, as a graph of stock operators. */
export interface Optimizer {
  /** The algorithm: `'sgd'`, `'adam'`, `'adamW'`. */
  readonly kind: string
  /** The groups, with the defaults of the optimizer filled in. */
  readonly groups: readonly ParamGroup[]
  /** Returns the names of the state tensors of a parameter, all zero at the start: `fc.weight.momentum_buffer`. */
  stateNames(param: string): string[]
  /**
   * Builds the graph that updates parameters of these shapes.
   *
   * Inputs: `learning_rate` float[groups], for Adam `step` int64[1] (1 at the first step), then for each parameter
   * `<p>`, `<p>_grad` and its states. Outputs: `<p>.out` and `<state>.out`.
   *
   * @throws FineTuneError 'model/ungrouped' for a parameter without a group, 'optim/unknown-parameter' for one without
   *   a shape here
   */
  buildGraph(dims: ReadonlyMap<string, readonly number[]>): Graph
}
