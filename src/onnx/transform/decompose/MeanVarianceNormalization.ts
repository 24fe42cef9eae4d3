import { intsAttribute } from '../../graph/graph.js'
import { reduceAxes } from '../../reduceAxes.js'
import type { Decomposition } from './support/decomposition.js'

/** (x - mean) / (deviation + 1e-9) along axes, by default those of a batch of images without its channels. */
export const MeanVarianceNormalization: Decomposition = {
  operator: 'MeanVarianceNormalization',
  write(c) {
    const { g, node } = c
    const [x] = node.inputs as [string]
    const axes = intsAttribute(node, 'axes') ?? [0, 2, 3]
    const centred = g.op('Sub', [x, reduceAxes(g, 'ReduceMean', x, axes, 1)])
    const variance = reduceAxes(g, 'ReduceMean', g.op('Mul', [centred, centred]), axes, 1)
    const deviation = g.op('Add', [g.op('Sqrt', [variance]), g.scalar(1e-9)])
    g.op('Div', [centred, deviation], {}, { outputs: [node.outputs[0]!] })
  },
}
