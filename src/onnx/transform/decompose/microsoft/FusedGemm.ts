import { MS } from '../../../graph/graph.js'
import { layerAttributes, writeActivation } from '../support/activation.js'
import type { Decomposition } from '../support/decomposition.js'

/** A linear layer with an activation. */
export const FusedGemm: Decomposition = {
  operator: `${MS}:FusedGemm`,
  write(c) {
    const { g, node } = c
    const y = g.fresh('Gemm')
    g.graph.nodes.push({ ...node, name: y, opType: 'Gemm', domain: '', outputs: [y], attributes: layerAttributes(c) })
    const numbers = ['alpha', 'beta'].flatMap((name) => {
      const attribute = node.attributes[`activation_${name}`]
      return attribute?.type === 'float' ? [attribute.value] : []
    })
    writeActivation(c, y, numbers)
  },
}
