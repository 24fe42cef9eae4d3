import { emit } from '../support/emit.js'
import { explicitPads, kernelShape } from '../support/pads.js'
import { gradientRule } from '../support/rule.js'

/**
 * The gradient of average pooling: AveragePoolGrad distributes dY evenly over each window. The official kernel takes
 * the shape of dX from the graph alone.
 */
export const AveragePool = gradientRule({
  operator: 'AveragePool',
  inputs: ['X'],
  gradient: (c) => ({ X: () => emit(c, 'AveragePoolGrad', [c.dy], explicitPads(c, kernelShape(c.node)))[0] }),
})
