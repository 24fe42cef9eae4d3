import { MS } from '../../../graph/graph.js'
import { type Decomposition, inputOf } from '../support/decomposition.js'

/** GELU by tanh of a sum, whose second term may be missing. */
export const FastGelu: Decomposition = {
  operator: `${MS}:FastGelu`,
  write(c) {
    const sum = inputOf(c, 1) ? c.g.op('Add', c.node.inputs) : c.node.inputs[0]!
    c.g.op('FastGelu', [sum], {}, { domain: MS, outputs: [c.node.outputs[0]!] })
  },
}
