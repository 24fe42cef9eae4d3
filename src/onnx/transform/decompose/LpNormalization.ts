import { intAttribute } from '../../graph/graph.js'
import { CAST_TO } from '../../graph/tensor.js'
import type { Decomposition } from './support/decomposition.js'
import { reduceKept } from './support/reduceKept.js'

/** Each line along an axis over its length: that of absolute values (p = 1), or the Euclidean one. Zeros stay zeros. */
export const LpNormalization: Decomposition = {
  operator: 'LpNormalization',
  write(c) {
    const { g, node } = c
    const [x] = node.inputs as [string]
    const operator = intAttribute(node, 'p', 2) === 1 ? 'ReduceL1' : 'ReduceL2'
    const length = reduceKept(c, operator, x, [intAttribute(node, 'axis', -1)])
    const isZero = g.op('Cast', [g.op('Equal', [length, g.scalar(0)])], { to: CAST_TO.float32 })
    g.op('Div', [x, g.op('Add', [length, isZero])], {}, { outputs: [node.outputs[0]!] })
  },
}
