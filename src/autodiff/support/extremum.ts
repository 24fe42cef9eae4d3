import { CAST_TO } from '../../onnx/graph/tensor.js'
import { sumToInput } from './broadcast.js'
import { type Reduced, reducedRule, sumKept } from './reduction.js'
import { type GradientContext, type GradientRule, gradientRule } from './rule.js'

/** Adds 1 where two values are equal, 0 elsewhere. */
const equality = ({ g }: GradientContext, a: string, b: string): string =>
  g.op('Cast', [g.op('Equal', [a, b])], { to: CAST_TO.float32 })

/**
 * Returns the rule of the largest or smallest of several values, element by element: dY goes to the one that was
 * chosen, in equal shares if there are several.
 */
export const elementwiseExtremum = (operator: 'Max' | 'Min'): GradientRule =>
  gradientRule({
    operator,
    inputs: ['data_0'],
    gradient: (c) => {
      const { inputs, outputs } = c.node
      const chosen = inputs.map((input) => equality(c, input, outputs[0]!))
      const share = c.g.op('Div', [c.dy, chosen.reduce((count, mask) => c.g.op('Add', [count, mask]))])
      return { data_0: (place) => sumToInput(c, c.g.op('Mul', [share, chosen[place]]), inputs[place]!) }
    },
  })

/** Returns the rule of the largest or smallest element along axes, with ties as above. */
export const reducedExtremum = (operator: 'ReduceMax' | 'ReduceMin'): GradientRule => reducedRule(operator, shareAlong)

/** Shares dY among the elements of the first input that equal y, which has size 1 along the axes. */
export function shareAlong(c: GradientContext, { y, dy, axes }: Reduced): string {
  const chosen = equality(c, c.node.inputs[0]!, y)
  return c.g.op('Mul', [chosen, c.g.op('Div', [dy, sumKept(c, chosen, axes)])])
}
