import { GraphBuilder } from '../../builder.js'
import { type Graph, MS, type Node, valuesReadBy } from '../../graph/graph.js'
import { inferShapes } from '../../shapes/inferShapes.js'
import { decompositionOf } from './register.js'
import type { Decomposition, DecompositionContext } from './support/decomposition.js'

/**
 * Writes operators that stand for several others (attention, normalization of a sum, a layer with its activation) in
 * those, in place: the simpler ones have gradients. Their results keep their names. A node in a form that has no simpler
 * one here, such as attention with a cache, is not changed: it can still be frozen.
 */
export function decompose(graph: Graph): void {
  if (!graph.nodes.some(decompositionOf)) return
  const known = inferShapes(graph)
  const { nodes } = graph
  const read = new Set([...graph.outputs.map(({ name }) => name), ...nodes.flatMap(valuesReadBy)])
  const g = new GraphBuilder(graph, 'decomposed/')
  graph.nodes = []
  for (const node of nodes) {
    const rule = decompositionOf(node)
    if (!rule || !isWritten(rule, { g, opset: graph.opsets.get('') ?? 1, ...factsOf(node, known, read) }))
      graph.nodes.push(node)
  }
  if (graph.nodes.some(({ domain }) => domain === MS)) graph.opsets.set(MS, 1)
}

/** The end of a decomposition that has no simpler form for a node. It does not leave this file. */
class Refusal extends Error {}

/** Writes a node, and tells whether it could; if not, what was begun is taken back. */
function isWritten(rule: Decomposition, context: DecompositionContext): boolean {
  const { nodes } = context.g.graph
  const before = nodes.length
  try {
    rule.write(context)
    return true
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    nodes.length = before
    return false
  }
}

function factsOf(node: Node, known: Graph, read: ReadonlySet<string>): Omit<DecompositionContext, 'g' | 'opset'> {
  const refuse = (form: string): never => {
    throw new Refusal(form)
  }
  return {
    node,
    refuse,
    shape: (value: string) => known.info(value)?.shape ?? refuse(`an unknown shape of ${value}`),
    typeOf: (value: string) => known.info(value)?.type,
    isRead: (output: number) => read.has(node.outputs[output] || '\0'),
  }
}
