import { intAttribute } from '../../graph/graph.js'
import { oneForZero } from '../../oneForZero.js'
import { reduceAxes } from '../../reduceAxes.js'
import type { Decomposition } from './support/decomposition.js'

/** Each line along an axis over its length: that of absolute values (p = 1), or the Euclidean one. Zeros stay zeros. */
export const LpNormalization: Decomposition = {
  operator: 'LpNormalization',
  write(c) {
    const { g, node } = c
    const [x] = node.inputs as [string]
    const operator = intAttribute(node, 'p', 2) === 1 ? 'ReduceL1' : 'ReduceL2'
    const length = reduceAxes(g, operator, x, [intAttribute(node, 'axis', -1)], 1)
    g.op('Div', [x, oneForZero(g, length)], {}, { outputs: [node.outputs[0]!] })
  },
}
