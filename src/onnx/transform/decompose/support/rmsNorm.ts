import { floatAttribute, intAttribute } from '../../../graph/graph.js'
import { reduceAxes } from '../../../reduceAxes.js'
import type { DecompositionContext } from './decomposition.js'

/** Adds x / sqrt(mean(x^2) + epsilon) * scale, under the name of the result. */
export function writeRmsNorm(c: DecompositionContext, x: string, scale: string, usual: number): void {
  const { g, node } = c
  const first = intAttribute(node, 'axis', -1)
  const from = first < 0 ? first : first - c.shape(x).length
  const axes = Array.from({ length: -from }, (_, i) => from + i)
  const mean = reduceAxes(g, 'ReduceMean', g.op('Mul', [x, x]), axes, 1)
  const epsilon = g.scalar(floatAttribute(node, 'epsilon', usual))
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [mean, epsilon])])])
  g.op('Mul', [g.op('Mul', [x, inverse]), scale], {}, { outputs: [node.outputs[0]!] })
}
