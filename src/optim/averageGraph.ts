import { GraphBuilder } from '../onnx/builder.js'
import type { Graph } from '../onnx/graph/graph.js'
import { scaled } from './scaleGradients.js'

/** The input, a float32 scalar, that holds the share of the current values in their averages. */
export const AVERAGE_SHARE = 'average_share'

/** Returns the name of the average of a tensor. */
export const averageOf = (name: string): string => `${name}.average`

/**
 * Builds the graph that moves averages towards current values: average = average + share * (value - average).
 *
 * Inputs: `AVERAGE_SHARE`, then for each tensor `<t>` and `<t>.average`. Outputs: `<t>.average.out`.
 */
export function averageGraph(dims: ReadonlyMap<string, readonly number[]>): Graph {
  const g = new GraphBuilder()
  g.graph.name = 'average'
  g.input(AVERAGE_SHARE, 'float32', [])
  for (const [name, shape] of dims) {
    const average = averageOf(name)
    const output = `${average}.out`
    for (const input of [name, average]) g.input(input, 'float32', shape)
    const way = g.op('Sub', [name, average])
    g.op('Add', [average, scaled(g, way, AVERAGE_SHARE, shape)], {}, { outputs: [output] })
    g.output(output, 'float32', shape)
  }
  return g.graph
}
