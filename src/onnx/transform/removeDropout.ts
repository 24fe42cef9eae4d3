import type { Graph, Node } from '../graph/graph.js'

/** Tells whether a node is a dropout of the standard. */
export const isDropout = ({ opType, domain }: Node): boolean => opType === 'Dropout' && domain === ''

/**
 * Removes every Dropout whose mask nothing reads, in place: what read its result reads its data. One that is an output
 * becomes an Identity.
 */
export function removeDropout(graph: Graph): void {
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const read = new Set([...outputs, ...graph.nodes.flatMap(({ inputs }) => inputs)])
  const data = new Map<string, string>()
  const hasMask = ({ outputs: [, mask] }: Node) => !!mask && read.has(mask)
  graph.nodes = graph.nodes.flatMap((node) => {
    const inputs = node.inputs.map((input) => data.get(input) ?? input)
    if (!isDropout(node) || hasMask(node)) return [{ ...node, inputs }]
    const [result] = node.outputs as [string]
    if (outputs.has(result))
      return [{ ...node, opType: 'Identity', inputs: inputs.slice(0, 1), outputs: [result], attributes: {} }]
    data.set(result, inputs[0]!)
    return []
  })
}
