import { FineTuneError } from '../errors.js'
import type { Attribute, Graph } from '../onnx/graph/graph.js'
import { float32ToFloat16 } from '../onnx/graph/halfFloats.js'
import type { Tensor } from '../onnx/graph/tensor.js'

/** ONNX's numbers for element types. */
const FLOAT = 1
const FLOAT16 = 10
/** 65504 is the largest float16; from here on numbers round to infinity. */
const TOO_LARGE = 65520

/**
 * The graph in float16: constants rounded to nearest, and what casts to float32 casts to float16. What the nodes compute
 * then is float16 as well.
 *
 * @throws FineTuneError 'deploy/float16-range' a constant is too large for float16
 */
export function toFloat16(graph: Graph): Graph {
  const result = graph.clone()
  for (const [name, tensor] of graph.initializers) result.initializers.set(name, narrow(tensor, name))
  for (const node of result.nodes)
    for (const [name, attribute] of Object.entries(node.attributes))
      node.attributes[name] = narrowAttribute(attribute, node.opType === 'Cast' && name === 'to', node.name)
  return result
}

function narrowAttribute(attribute: Attribute, isCastTarget: boolean, node: string): Attribute {
  if (attribute.type === 'tensor') return { type: 'tensor', value: narrow(attribute.value, node) }
  if (isCastTarget && attribute.value === FLOAT) return { type: 'int', value: FLOAT16 }
  return attribute
}

function narrow(tensor: Tensor, name: string): Tensor {
  if (tensor.type !== 'float32') return tensor
  const floats = tensor.data as Float32Array
  const tooLarge = floats.find((value) => Number.isFinite(value) && Math.abs(value) >= TOO_LARGE)
  if (tooLarge !== undefined) throw new FineTuneError('deploy/float16-range', { tensor: name, value: tooLarge })
  return { type: 'float16', dims: tensor.dims, data: float32ToFloat16(floats) }
}
