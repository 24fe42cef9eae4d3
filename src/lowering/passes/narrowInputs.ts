import { type Graph, indexGraph, type Node } from '../../onnx/graph/graph.js'
import type { Pass } from './pass.js'

/**
 * The declaration of int64 inputs as int32, if nothing reads them but a Cast or a Gather, as indices: labels, the number
 * of a step. WebGPU has no whole numbers of 64 bits. Who runs the graph gives each feed the declared type.
 */
export const narrowInputs: Pass = {
  name: 'narrowInputs',
  required: true,
  apply(graph) {
    const isNarrow = readersAllowing(graph)
    graph.inputs = graph.inputs.map((input) =>
      input.type === 'int64' && isNarrow(input.name) ? { ...input, type: 'int32' as const } : input,
    )
    return graph
  },
}

/** The operators that move the elements of their first input, of any type. */
const MOVING = new Set(['Gather', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze'])

function readersAllowing(graph: Graph): (value: string) => boolean {
  const { consumers } = indexGraph(graph)
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const allows = (value: string): boolean =>
    !outputs.has(value) && (consumers.get(value) ?? []).every((node) => reads(node, value))
  const reads = ({ domain, opType, inputs, outputs: results }: Node, value: string): boolean => {
    if (domain !== '') return false
    if (inputs.lastIndexOf(value) > 0) return opType === 'Gather' && inputs[0] !== value
    return opType === 'Cast' || (MOVING.has(opType) && allows(results[0]!))
  }
  return allows
}
