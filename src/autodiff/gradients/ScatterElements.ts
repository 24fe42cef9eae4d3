import { intAttribute } from '../../onnx/graph/graph.js'
import { scatterRule } from '../support/scatter.js'

/** The gradient of elements written along an axis. */
export const ScatterElements = scatterRule('ScatterElements', 'GatherElements', (node) => ({
  axis: intAttribute(node, 'axis', 0),
}))
