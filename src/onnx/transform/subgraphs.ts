import type { Attribute, Graph } from '../graph/graph.js'

/**
 * Returns the attributes of a node with each subgraph replaced by a copy that `change` has changed; the same object if
 * there is none. Attributes are shared between copies of a graph, so a subgraph must not be changed in place.
 */
export function withSubgraphs(
  attributes: Record<string, Attribute>,
  change: (copy: Graph) => void,
): Record<string, Attribute> {
  const entries = Object.entries(attributes)
  if (!entries.some(([, { type }]) => type === 'graph')) return attributes
  return Object.fromEntries(
    entries.map(([name, attribute]) => {
      if (attribute.type !== 'graph') return [name, attribute]
      const copy = attribute.value.clone()
      change(copy)
      return [name, { type: 'graph', value: copy }]
    }),
  )
}
