import type { Graph, Node } from '../graph/graph.js'

/**
 * Removes every Dropout whose mask nothing reads, in place: what read its result reads its data. One that is an output
 * becomes an Identity.
 */
export function removeDropout(graph: Graph): void {
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const read = new Set([...outputs, ...graph.nodes.flatMap(({ inputs }) => inputs)])
  const data = new Map<string, string>()
  const isGone = ({ opType, domain, outputs: [, mask] }: Node) =>
    opType === 'Dropout' && domain === '' && !(mask && read.has(mask))
  graph.nodes = graph.nodes.flatMap((node) => {
    const inputs = node.inputs.map((input) => data.get(input) ?? input)
    if (!isGone(node)) return [{ ...node, inputs }]
    const [result] = node.outputs as [string]
    if (outputs.has(result))
      return [{ ...node, opType: 'Identity', inputs: inputs.slice(0, 1), outputs: [result], attributes: {} }]
    data.set(result, inputs[0]!)
    return []
  })
}
