import type { Graph } from '../graph/graph.js'

/**
 * Removes the operator sets that no node uses from the graph's declaration, in place. That of the ONNX standard is
 * kept.
 */
export function dropUnusedDomains(graph: Graph): void {
  const used = new Set(['', ...domainsIn(graph)])
  graph.opsets = new Map([...graph.opsets].filter(([domain]) => used.has(domain)))
}

/** Lists the domains of the nodes, those of subgraphs included: they use the operator sets of the graph around them. */
function* domainsIn(graph: Graph): Generator<string> {
  for (const { domain, attributes } of graph.nodes) {
    yield domain
    for (const attribute of Object.values(attributes)) if (attribute.type === 'graph') yield* domainsIn(attribute.value)
  }
}
