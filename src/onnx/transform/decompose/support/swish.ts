import { floatAttribute } from '../../../graph/graph.js'
import type { DecompositionContext } from './decomposition.js'

/** Adds x sigmoid(alpha x), under the name of the result. */
export function writeSwish({ g, node }: DecompositionContext, usual: number): void {
  const [x] = node.inputs as [string]
  const alpha = floatAttribute(node, 'alpha', usual)
  const steep = alpha === 1 ? x : g.op('Mul', [x, g.scalar(alpha)])
  g.op('Mul', [x, g.op('Sigmoid', [steep])], {}, { outputs: [node.outputs[0]!] })
}
