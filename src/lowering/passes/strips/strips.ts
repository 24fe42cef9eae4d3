import type { Graph } from '../../../onnx/graph/graph.js'
import { sortGraph } from '../../../onnx/transform/sortGraph.js'
import type { Pass } from '../pass.js'
import { findRegions, type Region } from './findRegions.js'
import { StripWriter } from './StripWriter.js'
import { stagesOf } from './stagesOf.js'

/** The bytes of the widest matrix in a strip: the few of them that a pass reads and writes stay in the caches. */
const STRIP_BYTES = 5e6
/** The rows of a strip: with fewer, products prepare their other factor too often. */
const LEAST_ROWS = 768
/** The most strips: each has nodes of its own, which take time to open. */
const MOST_STRIPS = 32

/** Returns the number of strips for a matrix. */
function stripsFor(rows: number, columns: number): number {
  const fitting = STRIP_BYTES / (columns * Float32Array.BYTES_PER_ELEMENT)
  return Math.min(MOST_STRIPS, Math.round(rows / Math.max(LEAST_ROWS, fitting)))
}

/**
 * Makes the pass that computes wide matrices in strips of rows, one after the other: from the product that makes rows
 * wider to the one that makes them narrow again, and the same way back. A strip stays in the caches of the processor where the whole
 * matrix would go through memory with every pass (Lam, Rothberg, Wolf 1991, "The cache performance and optimizations of
 * blocked algorithms"). Sums over rows, such as the gradients of weights, grow with each strip.
 *
 * @param count the number of strips for a matrix; below 2 it stays whole
 */
export const computedInStrips = (count: (rows: number, columns: number) => number): Pass => ({
  name: 'strips',
  apply(graph) {
    for (const region of findRegions(graph, (rows, columns) => count(rows, columns) > 1))
      replace(graph, region, count(region.rows, region.width))
    return graph
  },
})

/** The pass with strips that fit the caches of common processors. */
export const strips = computedInStrips(stripsFor)

/** Writes the nodes of a region in strips. */
function replace(graph: Graph, region: Region, count: number): void {
  const writer = new StripWriter(graph, region, count)
  const stages = new Map(stagesOf(graph, region).map((stage) => [stage[0]!, stage]))
  const nodes = graph.nodes
  graph.nodes = []
  for (const node of nodes) {
    const stage = stages.get(node)
    if (stage) writer.write(stage)
    else if (!region.nodes.has(node)) graph.nodes.push(node)
  }
  sortGraph(graph)
}
