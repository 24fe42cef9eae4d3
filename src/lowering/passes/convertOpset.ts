import { GraphBuilder } from '../../onnx/builder.js'
import { convertOpset as convert } from '../../onnx/transform/convertOpset.js'
import type { Pass } from './pass.js'

/** The operator set of lowered graphs: the first whose Reduce operators all take axes as an input. */
const LOWERED_OPSET = 18
const IR_VERSION = 8

/** The conversion of an older graph to set 18. Newer graphs are not changed. */
export const convertOpset: Pass = {
  name: 'convertOpset',
  required: true,
  apply(graph) {
    if ((graph.opsets.get('') ?? LOWERED_OPSET) < LOWERED_OPSET) {
      const g = new GraphBuilder(graph, 'lift/')
      convert(graph, LOWERED_OPSET, (tensor) => g.constant(tensor))
    }
    graph.irVersion = Math.max(graph.irVersion, IR_VERSION)
    return graph
  },
}
