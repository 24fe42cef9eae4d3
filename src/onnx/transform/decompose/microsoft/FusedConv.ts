import { MS } from '../../../graph/graph.js'
import { layerAttributes, writeActivation } from '../support/activation.js'
import { type Decomposition, inputOf } from '../support/decomposition.js'

/** A convolution, to which a shortcut may be added, with an activation. */
export const FusedConv: Decomposition = {
  operator: `${MS}:FusedConv`,
  write(c) {
    const { g, node } = c
    const y = g.fresh('Conv')
    const inputs = node.inputs.slice(0, inputOf(c, 2) ? 3 : 2)
    g.graph.nodes.push({
      ...node,
      name: y,
      opType: 'Conv',
      domain: '',
      inputs,
      outputs: [y],
      attributes: layerAttributes(c),
    })
    const shortcut = inputOf(c, 3)
    const params = node.attributes.activation_params
    const numbers = params?.type === 'floats' ? params.value : []
    writeActivation(c, shortcut ? g.op('Add', [y, shortcut]) : y, numbers)
  },
}
