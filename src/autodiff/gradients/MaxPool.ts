import { emit } from '../support/emit.js'
import type { GradientRule } from './rule.js'

/** MaxPoolGrad takes the Indices output of the forward pool, which a training graph therefore has. */
export const maxPoolRule: GradientRule = {
  opType: 'MaxPool',
  trainingForm: (node, { g, differentiated }) => {
    const [y, indices] = node.outputs
    if (!differentiated || indices) return node
    return { ...node, outputs: [y!, g.fresh(`${y}_mask`)] }
  },
  gradient: (c) => emit(c, 'MaxPoolGrad', [c.dy, c.node.outputs[1]!], c.node.attributes),
}
