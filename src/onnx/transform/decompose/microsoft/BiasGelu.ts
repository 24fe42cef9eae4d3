import { MS } from '../../../graph/graph.js'
import type { Decomposition } from '../support/decomposition.js'

/** GELU of a sum. */
export const BiasGelu: Decomposition = {
  operator: `${MS}:BiasGelu`,
  write({ g, node }) {
    g.op('Gelu', [g.op('Add', node.inputs)], {}, { domain: MS, outputs: [node.outputs[0]!] })
  },
}
