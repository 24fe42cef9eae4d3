import { eliminateDeadNodes } from '../../onnx/transform/eliminateDeadNodes.js'
import type { Pass } from './pass.js'

/** Takes away what no output of the graph depends on. */
export const deadCode: Pass = {
  name: 'deadCode',
  apply(graph) {
    eliminateDeadNodes(graph)
    return graph
  },
}
