import { intAttribute } from '../../onnx/graph/graph.js'
import type { GradientContext } from './rule.js'

/** Returns the axes of a softmax: one since operator set 13; before, every axis from `axis` on, as one. */
export function softmaxAxes(c: GradientContext): number[] {
  if (c.opset >= 13) return [intAttribute(c.node, 'axis', -1)]
  const rank = c.shape(c.node.inputs[0]!).length
  const axis = intAttribute(c.node, 'axis', 1)
  const first = axis < 0 ? axis + rank : axis
  return Array.from({ length: rank - first }, (_, i) => first + i)
}
