import { GraphBuilder } from '../../../src/onnx/builder.js'
import { Graph } from '../../../src/onnx/graph/graph.js'
import { float32, type Tensor } from '../../../src/onnx/graph/tensor.js'

/** A subgraph, as an If takes for a branch: no inputs, one output. */
export function branch(name: string, write: (g: GraphBuilder) => string): Graph {
  const g = new GraphBuilder(new Graph(), `${name}/`)
  g.graph.name = name
  g.output(write(g), 'float32', [2])
  return g.graph
}

export const operators = (graph: Graph): string[] => graph.nodes.map(({ opType }) => opType)
export const vector = (...values: number[]): Tensor<'float32'> => float32(values, [values.length])
export const yes: Tensor = { type: 'bool', dims: [], data: Uint8Array.of(1) }
export const no: Tensor = { type: 'bool', dims: [], data: Uint8Array.of(0) }
