import type { Graph, Node } from '../graph/graph.js'

/** Removes every Dropout whose mask nothing reads, in place: what read its result reads its data. Outputs keep theirs. */
export function removeDropout(graph: Graph): void {
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const data = new Map<string, string>()
  const isGone = ({ opType, domain, outputs: [result, mask] }: Node) =>
    opType === 'Dropout' && domain === '' && !mask && !outputs.has(result!)
  graph.nodes = graph.nodes.flatMap((node) => {
    const inputs = node.inputs.map((input) => data.get(input) ?? input)
    if (!isGone(node)) return [{ ...node, inputs }]
    data.set(node.outputs[0]!, inputs[0]!)
    return []
  })
}
