import type { Attribute, Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { inferShapes } from '../../onnx/shapes/inferShapes.js'
import { toFloat32 } from '../../weights/toFloat32.js'

/** ONNX's codes of element types, as Cast takes them. */
const [FLOAT, FLOAT16, BFLOAT16] = [1, 10, 16]
const NARROW: readonly (string | undefined)[] = ['float16', 'bfloat16']

/**
 * Casts a network in half precision to float32, which training needs. This is exact; casts between the two are removed.
 */
export function widen(graph: Graph): void {
  for (const [name, tensor] of graph.initializers) graph.initializers.set(name, wide(tensor))
  graph.inputs = graph.inputs.map((input) => (NARROW.includes(input.type) ? { ...input, type: 'float32' } : input))
  for (const node of graph.nodes)
    node.attributes = Object.fromEntries(
      Object.entries(node.attributes).map(([name, value]) => [name, wideAttribute(node.opType, name, value)]),
    )
  dropCasts(graph)
}

/** Removes casts of float32 to float32, which do nothing and have no gradient. */
function dropCasts(graph: Graph): void {
  const casts = graph.nodes.filter(({ opType, attributes }) => opType === 'Cast' && attributes.to?.value === FLOAT)
  if (!casts.length) return
  const known = inferShapes(graph)
  for (const node of casts)
    if (known.info(node.inputs[0]!)?.type === 'float32') Object.assign(node, { opType: 'Identity', attributes: {} })
}

const wide = (tensor: Tensor): Tensor => (NARROW.includes(tensor.type) ? toFloat32(tensor) : tensor)

function wideAttribute(opType: string, name: string, attribute: Attribute): Attribute {
  if (attribute.type === 'tensor') return { type: 'tensor', value: wide(attribute.value) }
  const casts = opType === 'Cast' && name === 'to' && attribute.type === 'int'
  return casts && [FLOAT16, BFLOAT16].includes(attribute.value) ? { type: 'int', value: FLOAT } : attribute
}
