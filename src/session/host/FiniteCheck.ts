import { gradientOf } from '../../contract/names.js'
import type { Roles } from '../../contract/roles.js'
import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { sessionError } from '../errors.js'
import type { Tensors } from '../protocol/HostCalls.js'

/**
 * The output of a training step that holds the sum of squares of each gradient, including the gradients it was added
 * to.
 */
export const SQUARES = 'gradient_squares'

/**
 * Returns the graph with `SQUARES` among its outputs: a value for each parameter, in their order. An element that is
 * not finite shows in the sum, and so does one that would overflow when an optimizer squares it.
 */
export function withSquares(graph: Graph, parameters: readonly string[]): Graph {
  const copy = graph.clone()
  const g = new GraphBuilder(copy, 'squares/')
  const squares = parameters.map((name) => g.op('ReduceSumSquare', [gradientOf(name)], { keepdims: 0 }))
  const columns = squares.map((square) => g.op('Reshape', [square, g.ints(1)]))
  g.op('Concat', columns, { axis: 0 }, { outputs: [SQUARES] })
  g.output(SQUARES, 'float32', [parameters.length])
  return copy
}

/**
 * The check that decides whether the results of a step may replace the current state: whether all of them are finite.
 */
export class FiniteCheck {
  /** @param explain finds the first tensor of a step that is not finite, by computing the step again */
  constructor(
    readonly roles: Roles,
    readonly explain: (feeds: Tensors) => Promise<string | undefined>,
  ) {}

  /**
   * Tells whether the results are finite.
   *
   * @param mustExplain true if a loss that is not finite is an error too, which names the first tensor that is not
   *   finite
   * @throws FineTuneError 'session/not-finite' if the loss is finite but another result is not, or with `mustExplain`
   */
  async accepts(results: Tensors, feeds: Tensors, mustExplain: boolean): Promise<boolean> {
    const loss = results[this.roles.loss]!.data[0] as number
    const found = this.#firstIn(results)
    if (Number.isFinite(loss) && found === undefined) return true
    if (!Number.isFinite(loss) && !mustExplain) return false
    const first = mustExplain ? await this.explain(feeds).catch(() => undefined) : undefined
    throw sessionError('session/not-finite', { loss, tensor: first ?? found ?? this.roles.loss })
  }

  #firstIn(results: Tensors): string | undefined {
    const { trainable, statistics } = this.roles
    const at = (results[SQUARES] as Tensor<'float32'>).data.findIndex((square) => !Number.isFinite(square))
    if (at >= 0) return gradientOf(trainable[at]!)
    return statistics.map((name) => `${name}.out`).find((name) => results[name] && !allFinite(results[name]))
  }
}

/** Tells whether all elements of a tensor are finite. */
export const allFinite = ({ data }: Tensor): boolean =>
  !(data instanceof Float32Array) || data.every((value) => Number.isFinite(value))
