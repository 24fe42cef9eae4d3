import type { Graph } from '../graph/graph.js'

/** Takes the operator sets that no node uses out of the graph's declaration, in place. The standard's own stays. */
export function dropUnusedDomains(graph: Graph): void {
  const used = new Set(['', ...domainsIn(graph)])
  graph.opsets = new Map([...graph.opsets].filter(([domain]) => used.has(domain)))
}

/** Subgraphs use the operator sets of the graph around them. */
function* domainsIn(graph: Graph): Generator<string> {
  for (const { domain, attributes } of graph.nodes) {
    yield domain
    for (const attribute of Object.values(attributes)) if (attribute.type === 'graph') yield* domainsIn(attribute.value)
  }
}
