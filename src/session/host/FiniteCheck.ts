import { gradientOf } from '../../contract/names.js'
import type { Roles } from '../../contract/roles.js'
import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { isOnDevice, type Value, type Values } from '../../runtime/DeviceTensor.js'
import { sessionError } from '../errors.js'
import type { Tensors } from '../protocol/HostCalls.js'

/**
 * The output of a training step that holds the sum of squares of each gradient, including the gradients it was added
 * to.
 */
export const SQUARES = 'gradient_squares'

/** The output that holds the sum of the absolute values of each running statistic, where those stay on a device. */
export const STATISTIC_SUMS = 'statistic_sums'

/**
 * Returns the graph with `SQUARES` among its outputs: a value for each parameter, in their order. An element that is
 * not finite shows in the sum, and so does one that would overflow when an optimizer squares it.
 */
export function withSquares(graph: Graph, parameters: readonly string[]): Graph {
  return withSums(graph, SQUARES, 'ReduceSumSquare', parameters.map(gradientOf))
}

/** Returns the graph with `STATISTIC_SUMS` among its outputs, a value for each statistic, in their order. */
export function withStatisticSums(graph: Graph, statistics: readonly string[]): Graph {
  return withSums(graph, STATISTIC_SUMS, 'ReduceL1', statistics.map(nextOf))
}

function withSums(graph: Graph, output: string, sum: string, values: readonly string[]): Graph {
  const copy = graph.clone()
  const g = new GraphBuilder(copy, 'squares/')
  const sums = values.map((name) => g.op(sum, [name], { keepdims: 0 }))
  const columns = sums.map((sum) => g.op('Reshape', [sum, g.ints(1)]))
  g.op('Concat', columns, { axis: 0 }, { outputs: [output] })
  g.output(output, 'float32', [values.length])
  return copy
}

/** Returns the output that holds the next value of a statistic. */
const nextOf = (statistic: string): string => `${statistic}.out`

/**
 * The check that decides whether the results of a step may replace the current state: whether all of them are finite.
 */
export class FiniteCheck {
  /** The outputs that it needs. */
  readonly outputs: readonly string[]

  /**
   * @param onDevice true if running statistics stay on a device
   * @param explain finds the first tensor of a step that is not finite, by computing the step again
   */
  constructor(
    readonly roles: Roles,
    onDevice: boolean,
    readonly explain: (feeds: Tensors) => Promise<string | undefined>,
  ) {
    this.outputs = onDevice && roles.statistics.length > 0 ? [SQUARES, STATISTIC_SUMS] : [SQUARES]
  }

  /**
   * Tells whether the results are finite. Those on a device are freed if they are not.
   *
   * @param mustExplain true if a loss that is not finite is an error too, which names the first tensor that is not
   *   finite
   * @throws FineTuneError 'session/not-finite' if the loss is finite but another result is not, or with `mustExplain`
   */
  async accepts(results: Values, feeds: Tensors, mustExplain: boolean): Promise<boolean> {
    let isTaken = false
    try {
      isTaken = await this.#areFinite(results, feeds, mustExplain)
      return isTaken
    } finally {
      if (!isTaken) for (const value of Object.values(results)) if (isOnDevice(value)) value.dispose()
    }
  }

  async #areFinite(results: Values, feeds: Tensors, mustExplain: boolean): Promise<boolean> {
    const loss = (results[this.roles.loss] as Tensor).data[0] as number
    const found = this.#firstIn(results)
    if (Number.isFinite(loss) && found === undefined) return true
    if (!Number.isFinite(loss) && !mustExplain) return false
    const first = mustExplain ? await this.explain(feeds).catch(() => undefined) : undefined
    throw sessionError('session/not-finite', { loss, tensor: first ?? found ?? this.roles.loss })
  }

  #firstIn(results: Values): string | undefined {
    const { trainable, statistics } = this.roles
    const gradient = notFinite(results[SQUARES])
    if (gradient >= 0) return gradientOf(trainable[gradient]!)
    const statistic = notFinite(results[STATISTIC_SUMS])
    if (statistic >= 0) return nextOf(statistics[statistic]!)
    return statistics.map(nextOf).find((name) => {
      const result = results[name]
      return result && !isOnDevice(result) && !allFinite(result)
    })
  }
}

/** Returns the index of the first of some sums that is not finite, or -1. */
const notFinite = (sums: Value | undefined): number =>
  sums ? (sums as Tensor<'float32'>).data.findIndex((sum) => !Number.isFinite(sum)) : -1

/** Tells whether all elements of a tensor are finite. */
export const allFinite = ({ data }: Tensor): boolean =>
  !(data instanceof Float32Array) || data.every((value) => Number.isFinite(value))
