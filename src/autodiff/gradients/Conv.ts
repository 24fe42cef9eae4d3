import { MS } from '../../onnx/graph/graph.js'
import { emit } from '../support/emit.js'
import { explicitPads } from '../support/pads.js'
import type { GradientRule } from '../support/rule.js'

/** com.microsoft.ConvGrad: inputs dY, X, W; outputs dX, dW, dB, each left out where nobody wants it. */
export const convRule: GradientRule = {
  opType: 'Conv',
  gradient: (c) => {
    const [x, w] = c.node.inputs as [string, string]
    const outputs = c.node.inputs.map((_, i) => (c.wants(i) ? c.g.fresh('ConvGrad') : ''))
    const attributes = explicitPads(c, c.staticShape(w, 2))
    return emit(c, 'ConvGrad', [c.dy, x, w], attributes, { domain: MS, outputs })
  },
}
