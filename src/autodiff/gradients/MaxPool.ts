import { emit } from '../support/emit.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of max pooling. MaxPoolGrad reads the Indices output of the forward pool, which a training graph
 * therefore has, and takes them as row-major whatever the pool's `storage_order`.
 */
export const MaxPool = gradientRule({
  operator: 'MaxPool',
  inputs: ['X'],
  trainingForm: (node, { g, differentiated }) => {
    const [y, indices] = node.outputs
    if (!differentiated || indices) return node
    const { storage_order: _, ...attributes } = node.attributes
    return { ...node, outputs: [y!, g.fresh(`${y}_mask`)], attributes }
  },
  gradient: (c) => ({ X: () => emit(c, 'MaxPoolGrad', [c.dy, c.node.outputs[1]!], c.node.attributes)[0] }),
})
