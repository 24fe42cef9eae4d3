import { onnxError } from '../errors.js'
import type { Graph, ValueInfo } from '../graph/graph.js'
import { graphMessageOf } from './origin.js'
import { typeOf } from './tensorProto.js'

/** The names of values that can be read in a scope. A `Set<string>` is one. */
export interface Names {
  has(name: string): boolean
}

/**
 * Returns the names of a graph and of the graphs around it. Looking outward is cheap; copying for thousands of
 * subgraphs is not.
 */
export const withOuter = (own: Names, outer: Names): Names => ({ has: (name) => own.has(name) || outer.has(name) })

/**
 * Checks that items have different names, and returns them.
 * @throws FineTuneError 'onnx/malformed' for a name that is missing or not unique
 */
export function distinct<T extends { readonly name: string }>(items: readonly T[], what: string, where: string): T[] {
  const names = new Set<string>()
  const malformed = (problem: string) => onnxError('onnx/malformed', { problem, ...(where && { where }) })
  for (const [index, { name }] of items.entries()) {
    if (!name) throw malformed(`${what} number ${index + 1} has no name`)
    if (names.has(name)) throw malformed(`${name} is ${what} twice`)
    names.add(name)
  }
  return [...items]
}

/** Returns sparse initializers, which only the file holds: their names, types and shapes. */
export function sparseInitializersOf(graph: Graph): ValueInfo[] {
  return (graphMessageOf(graph)?.sparseInitializer ?? []).flatMap(({ values, dims }) => {
    const type = values && typeOf(values.dataType)
    return values ? [{ name: values.name, ...(type && { type }), shape: dims.map(Number) }] : []
  })
}

/** Makes names that nothing has yet: the stem itself, or with a number behind it. */
export function unusedNames(names: Iterable<string>): (stem: string) => string {
  const taken = new Set(names)
  return (stem) => {
    let name = stem
    for (let i = 1; taken.has(name); i++) name = `${stem}_${i}`
    taken.add(name)
    return name
  }
}

/** Every value that has a name in a graph or in a subgraph of it. */
export function* namesIn(graph: Graph): Generator<string> {
  for (const { name } of [...graph.inputs, ...graph.outputs, ...sparseInitializersOf(graph)]) yield name
  yield* graph.initializers.keys()
  for (const node of graph.nodes) {
    yield* node.outputs
    for (const attribute of Object.values(node.attributes))
      if (attribute.type === 'graph') yield* namesIn(attribute.value)
  }
}
