import { floatAttribute, MS } from '../../../graph/graph.js'
import { type Decomposition, inputOf } from '../support/decomposition.js'
import { writeSum } from '../support/skipSum.js'

/** Layer normalization of the sum of a layer's result, its shortcut and a bias. The sum is its fourth output. */
export const SkipLayerNormalization: Decomposition = {
  operator: `${MS}:SkipLayerNormalization`,
  write(c) {
    const sum = writeSum(c, inputOf(c, 4))
    const inputs = [sum, inputOf(c, 2), inputOf(c, 3)].filter((input) => input !== undefined)
    const attributes = { axis: -1, epsilon: floatAttribute(c.node, 'epsilon', 1e-12) }
    c.g.op('LayerNormalization', inputs, attributes, { outputs: [c.node.outputs[0]!] })
  },
}
