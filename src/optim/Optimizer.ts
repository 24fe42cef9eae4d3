import type { Graph } from '../onnx/graph/graph.js'

/** Parameters that are updated alike. */
export interface ParamGroup {
  readonly name: string
  /** Names of parameters. Each trained parameter is in exactly one group. */
  readonly params: readonly string[]
  /** Learning rate, at least 0. It is an input of the optimizer graph, so a schedule can move it at every step. */
  readonly lr: number
  /**
   * Pull towards 0: a share of each parameter that is added to its gradient; for AdamW, times `lr` taken off itself.
   * Default: that of the optimizer.
   */
  readonly weightDecay?: number | undefined
  /** Share of the last update that is kept, from 0 up to, not including, 1. Default: that of the optimizer. */
  readonly momentum?: number | undefined
  /** Looks one step of momentum ahead. Needs momentum. Default: that of the optimizer. */
  readonly nesterov?: boolean | undefined
}

/** What turns gradients into new parameters, as a graph of stock operators. */
export interface Optimizer {
  /** `'sgd'`, `'adam'`, `'adamW'`. */
  readonly kind: string
  /** With the defaults of the optimizer filled in. */
  readonly groups: readonly ParamGroup[]
  /** Names of the tensors that a parameter has beside it, all zero at the start: `fc.weight.momentum_buffer`. */
  stateNames(param: string): string[]
  /**
   * The update of parameters of these shapes.
   *
   * Inputs: `learning_rate` float[groups], for Adam `step` int64[1] (1 at the first step), then for each parameter `<p>`,
   * `<p>_grad` and its states. Outputs: `<p>.out` and `<state>.out`.
   *
   * @throws 'model/ungrouped' for a parameter without a group, 'optim/unknown-parameter' for one that has no shape here
   */
  buildGraph(dims: ReadonlyMap<string, readonly number[]>): Graph
}
