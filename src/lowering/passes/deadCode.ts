import { eliminateDeadNodes } from '../../onnx/transform/eliminateDeadNodes.js'
import type { Pass } from './pass.js'

/** The removal of everything that no output of the graph depends on. */
export const deadCode: Pass = {
  name: 'deadCode',
  apply(graph) {
    eliminateDeadNodes(graph)
    return graph
  },
}
