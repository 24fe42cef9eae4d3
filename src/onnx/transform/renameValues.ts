import { namesIn, unusedNames } from '../format/names.js'
import type { Graph, ValueInfo } from '../graph/graph.js'
import { withSubgraphs } from './subgraphs.js'

/**
 * Renames values of a graph, in place, at each occurrence, subgraphs that read them included. Nothing else may have one
 * of the new names.
 *
 * A subgraph's own value may have an old name, and keeps it: it is another value. One that has a new name is renamed to
 * a free one, because it would hide the value that now has this name.
 */
export function renameValues(graph: Graph, names: ReadonlyMap<string, string>): void {
  if (names.size === 0) return
  const newName = (name: string): string => (name && names.get(name)) || name
  const renamed = (value: ValueInfo): ValueInfo =>
    newName(value.name) === value.name ? value : { ...value, name: newName(value.name) }
  graph.inputs = graph.inputs.map(renamed)
  graph.outputs = graph.outputs.map(renamed)
  graph.initializers = new Map([...graph.initializers].map(([name, tensor]) => [newName(name), tensor]))
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(newName)
    node.outputs = node.outputs.map(newName)
    node.attributes = withSubgraphs(node.attributes, (subgraph) => renameInside(subgraph, names))
  }
  renameDeclared(graph, names)
}

/** Renames declared values. All are removed before any is added again: names may be exchanged. */
function renameDeclared({ values }: Graph, names: ReadonlyMap<string, string>): void {
  const moved = [...names].map(([name, to]) => [to, values.get(name)] as const)
  for (const name of names.keys()) values.delete(name)
  for (const [name, value] of moved) if (value) values.set(name, { ...value, name })
}

function renameInside(subgraph: Graph, outer: ReadonlyMap<string, string>): void {
  const own = new Set([
    ...subgraph.inputs.map(({ name }) => name),
    ...subgraph.initializers.keys(),
    ...subgraph.nodes.flatMap(({ outputs }) => outputs),
  ])
  const names = new Map([...outer].filter(([name]) => !own.has(name)))
  const unused = unusedNames([...namesIn(subgraph), ...names.keys(), ...names.values()])
  for (const name of new Set(names.values())) if (own.has(name)) names.set(name, unused(`${name}/inner`))
  renameValues(subgraph, names)
}
