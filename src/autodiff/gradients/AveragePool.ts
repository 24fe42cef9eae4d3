import { emit } from '../support/emit.js'
import { explicitPads, kernelShape } from '../support/pads.js'
import type { GradientRule } from '../support/rule.js'

/** AveragePoolGrad: dY spread evenly over each window. The official kernel knows the shape of dX from the graph alone. */
export const averagePoolRule: GradientRule = {
  opType: 'AveragePool',
  gradient: (c) => emit(c, 'AveragePoolGrad', [c.dy], explicitPads(c, kernelShape(c.node))),
}
