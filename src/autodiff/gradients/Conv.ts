import { MS } from '../../onnx/graph/graph.js'
import { emit } from '../support/emit.js'
import { explicitPads } from '../support/pads.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of a convolution: com.microsoft.ConvGrad. Inputs dY, X, W; outputs dX, dW, dB, each omitted if it is not
 * wanted.
 */
export const Conv = gradientRule({
  operator: 'Conv',
  inputs: ['X', 'W', 'B'],
  gradient: (c) => {
    const [x, w] = c.node.inputs as [string, string]
    const names = (['X', 'W', 'B'] as const).slice(0, c.node.inputs.length)
    const outputs = names.map((name) => (c.wants(name) ? c.g.fresh('ConvGrad') : ''))
    const attributes = explicitPads(c, c.staticShape(w, 2))
    const [dX, dW, dB] = emit(c, 'ConvGrad', [c.dy, x, w], attributes, { domain: MS, outputs })
    return { X: () => dX, W: () => dW, B: () => dB }
  },
})
