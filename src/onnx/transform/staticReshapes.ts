import { GraphBuilder } from '../builder.js'
import { type Graph, indexGraph, type Node, type Shape } from '../graph/graph.js'
import { inferShapes } from '../shapes/inferShapes.js'
import { eliminateDeadNodes } from './eliminateDeadNodes.js'

/**
 * Gives each Reshape whose shape is computed a constant one where at most one dimension is unknown, in place, and
 * removes what computed it. TensorFlow's Flatten and Dense compute shapes, since they know no batch size.
 */
export function staticReshapes(graph: Graph): void {
  const { initializers } = graph
  const computed = graph.nodes.filter(
    ({ opType, domain, inputs }) => opType === 'Reshape' && domain === '' && !initializers.has(inputs[1]!),
  )
  if (computed.length === 0) return
  const known = inferShapes(graph)
  const { consumers } = indexGraph(graph)
  const g = new GraphBuilder(graph)
  for (const node of computed) {
    const [output] = node.outputs as [string]
    const shape = beforeProduct(known.info(output)?.shape, consumers.get(output) ?? [], graph)
    const isNumber = (dim: Shape[number]) => typeof dim === 'number' && dim > 0
    if (!shape || shape.filter((dim) => !isNumber(dim)).length > 1) continue
    node.inputs = [node.inputs[0]!, g.ints(...shape.map((dim) => (isNumber(dim) ? Number(dim) : -1)))]
  }
  eliminateDeadNodes(graph)
}

/** Returns a shape with the last dimension known if its value is the rows of a product with a constant matrix. */
function beforeProduct(shape: Shape | undefined, readers: readonly Node[], graph: Graph): Shape | undefined {
  if (typeof shape?.at(-1) === 'number') return shape
  const product = readers.find(({ opType, domain }) => opType === 'MatMul' && domain === '')
  const dims = shape && product && graph.initializers.get(product.inputs[1]!)?.dims
  return dims?.length === 2 && product?.inputs[0] !== product?.inputs[1] ? [...shape!.slice(0, -1), dims[0]!] : shape
}
