import { floatAttribute, intAttribute } from '../../../graph/graph.js'
import type { DecompositionContext } from './decomposition.js'

/** Adds x / sqrt(mean(x^2) + epsilon) * scale, under the name of the result. */
export function writeRmsNorm(c: DecompositionContext, x: string, scale: string, usual: number): void {
  const { g, node, opset } = c
  const first = intAttribute(node, 'axis', -1)
  const from = first < 0 ? first : first - c.shape(x).length
  const axes = Array.from({ length: -from }, (_, i) => from + i)
  const square = g.op('Mul', [x, x])
  // The axes became an input in operator set 18.
  const mean =
    opset >= 18
      ? g.op('ReduceMean', [square, g.ints(...axes)], { keepdims: 1 })
      : g.op('ReduceMean', [square], { axes, keepdims: 1 })
  const epsilon = g.scalar(floatAttribute(node, 'epsilon', usual))
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [mean, epsilon])])])
  g.op('Mul', [g.op('Mul', [x, inverse]), scale], {}, { outputs: [node.outputs[0]!] })
}
