import { onnxError } from '../errors.js'
import type { Graph, Node } from '../graph/graph.js'
import { type Names, sparseInitializersOf } from './names.js'

/**
 * Sorts the nodes in topological order; a valid order is kept.
 *
 * @param known the values that no node makes: inputs, initializers, values of outer graphs
 * @throws FineTuneError 'onnx/malformed' (two nodes make one value; a cycle), 'onnx/unknown-value'
 */
export function sortNodes(nodes: readonly Node[], known: Names): Node[] {
  const producer = producersOf(nodes)
  const sorted: Node[] = []
  const state = new Map<Node, 'open' | 'done'>()
  for (const root of nodes) {
    // An explicit stack: graphs are deep, and a hostile one could be deeper than the call stack.
    const stack = [{ node: root, reads: readsOf(root), next: 0 }]
    if (state.get(root) === 'done') continue
    state.set(root, 'open')
    while (stack.length > 0) {
      const top = stack.at(-1)!
      if (top.next === top.reads.length) {
        state.set(top.node, 'done')
        sorted.push(top.node)
        stack.pop()
        continue
      }
      const value = top.reads[top.next++]!
      const node = producer.get(value)
      if (!node) {
        if (known.has(value)) continue
        throw onnxError('onnx/unknown-value', { value, node: top.node.name })
      }
      if (state.get(node) === 'open')
        throw onnxError('onnx/malformed', { problem: `node ${node.name} depends on itself` })
      if (state.get(node) === 'done') continue
      state.set(node, 'open')
      stack.push({ node, reads: readsOf(node), next: 0 })
    }
  }
  return sorted
}

function producersOf(nodes: readonly Node[]): Map<string, Node> {
  const producer = new Map<string, Node>()
  for (const node of nodes)
    for (const output of node.outputs) {
      if (!output) continue
      const other = producer.get(output)
      if (other)
        throw onnxError('onnx/malformed', {
          problem: `${other.name} and ${node.name} both make the value ${output}`,
        })
      producer.set(output, node)
    }
  return producer
}

/** Returns the values that a node reads, including those of its subgraphs. */
function readsOf(node: Node): string[] {
  const inner = Object.values(node.attributes).flatMap((attribute) =>
    attribute.type === 'graph' ? freeValuesOf(attribute.value) : [],
  )
  return [...node.inputs.filter((input) => input), ...inner]
}

/**
 * A cache: otherwise each level of subgraphs would be walked once for every level above it. Graphs do not change
 * meanwhile.
 */
const freeValues = new WeakMap<Graph, readonly string[]>()

/** Returns the values that a subgraph reads from the graph around it. */
function freeValuesOf(graph: Graph): readonly string[] {
  const found = freeValues.get(graph) ?? findFreeValues(graph)
  freeValues.set(graph, found)
  return found
}

function findFreeValues(graph: Graph): string[] {
  const own = new Set([
    ...[...graph.inputs, ...sparseInitializersOf(graph)].map(({ name }) => name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ])
  const read = new Set([...graph.nodes.flatMap(readsOf), ...graph.outputs.map(({ name }) => name)])
  return [...read].filter((value) => !own.has(value))
}
