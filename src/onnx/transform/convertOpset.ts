import { namesIn, unusedNames } from '../format/names.js'
import type { Graph, Node } from '../graph/graph.js'
import type { Tensor } from '../graph/tensor.js'
import { isSameForm } from './opsetForms.js'
import { rewritesOf } from './opsetRewrites.js'
import { withSubgraphs } from './subgraphs.js'

/**
 * A function that adds a former attribute to the graph as a constant, and returns its name. `position` is that of the
 * node's input.
 */
export type AddConstant = (tensor: Tensor, node: Node, position: number) => string

/**
 * Rewrites the nodes of an older operator set in the form of set `to`, in place: mostly attributes that have become
 * inputs since. A graph of that set or a newer one is not changed, nor are operators that were redefined (`Upsample`,
 * `Resize` before set 11, `TopK` before 10).
 *
 * @param add Default: a constant for each input, named after the node's first output
 */
export function convertOpset(graph: Graph, to: number, add?: AddConstant): void {
  const opset = graph.opsets.get('') ?? 1
  if (opset >= to) return
  const unused = unusedNames(namesIn(graph))
  rewriteNodes(graph, { opset, to, unused, add: add ?? constantsOf(graph, unused) })
  graph.opsets.set('', to)
}

interface Conversion {
  readonly opset: number
  readonly to: number
  readonly add: AddConstant
  readonly unused: (stem: string) => string
}

/** Rewrites the nodes of a graph and of its subgraphs, which read their new constants from the graph around them. */
function rewriteNodes(graph: Graph, conversion: Conversion): void {
  const { opset, to, add, unused } = conversion
  graph.nodes = graph.nodes.flatMap((node) => {
    let nodes: readonly Node[] = [node]
    for (const { since, rewrite } of rewritesOf(node)) {
      if (since <= opset || to < since) continue
      const constant = (tensor: Tensor, position: number) => add(tensor, node, position)
      const rankOf = (value: string) => graph.info(value)?.shape?.length
      nodes = rewrite(node, { constant, unused, rankOf }) ?? nodes
    }
    node.attributes = withSubgraphs(node.attributes, (subgraph) => rewriteNodes(subgraph, conversion))
    return nodes
  })
}

function constantsOf(graph: Graph, unused: Conversion['unused']): AddConstant {
  return (tensor, { outputs }, position) => {
    const name = unused(`${outputs[0]}/input_${position}`)
    graph.initializers.set(name, tensor)
    return name
  }
}

/**
 * Declares another operator set, older or newer, if each node has the same form there. Otherwise the graph is not
 * changed.
 *
 * @returns true if the graph is of that set now
 */
export function declareOpset(graph: Graph, to: number): boolean {
  const opset = graph.opsets.get('') ?? to
  const standard = graph.nodes.filter(({ domain }) => domain === '')
  if (opset !== to && !standard.every(({ opType }) => isSameForm(opType, opset, to))) return false
  graph.opsets.set('', to)
  return true
}
