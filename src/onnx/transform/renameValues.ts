import { namesIn } from '../format/names.js'
import type { Graph } from '../graph/graph.js'

/**
 * Gives values of a graph other names, in place. Another value that has one of the new names, or of the `reserved` ones,
 * moves to a name under `network/`. Subgraphs keep their names.
 */
export function renameValues(graph: Graph, names: ReadonlyMap<string, string>, reserved: readonly string[]): void {
  const existing = new Set(namesIn(graph))
  const taken = new Set([...existing, ...names.values(), ...reserved])
  const renamed = new Map(names)
  for (const name of [...names.values(), ...reserved]) {
    if (!existing.has(name) || renamed.has(name)) continue
    let free = `network/${name}`
    while (taken.has(free)) free = `network/${free}`
    renamed.set(name, free)
    taken.add(free)
  }
  const to = (name: string): string => renamed.get(name) ?? name
  graph.inputs = graph.inputs.map((value) => ({ ...value, name: to(value.name) }))
  graph.outputs = graph.outputs.map((value) => ({ ...value, name: to(value.name) }))
  graph.initializers = new Map([...graph.initializers].map(([name, tensor]) => [to(name), tensor]))
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(to)
    node.outputs = node.outputs.map(to)
  }
}
