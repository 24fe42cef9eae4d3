import { CAST_TO } from '../../onnx/graph/tensor.js'
import { sumToInput } from '../support/broadcast.js'
import { constantOf } from '../support/constants.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/**
 * The gradient of a power, Z = X^Y: dX = dZ Y X^(Y - 1), dY = dZ Z log(X). As in torch, dX is 0 where the exponent is 0,
 * and dY where X is 0.
 */
export const Pow = gradientRule({
  operator: 'Pow',
  inputs: ['X', 'Y'],
  gradient: (c) => {
    const [x, exponent] = c.node.inputs as [string, string]
    return {
      X: () => sumToInput(c, c.g.op('Mul', [c.dy, slope(c, x, exponent)]), x),
      Y: () => {
        const logarithm = c.g.op('Log', [c.g.op('Where', [isZero(c, x), c.g.scalar(1), x])])
        return sumToInput(c, c.g.op('Mul', [c.dy, c.g.op('Mul', [c.node.outputs[0], logarithm])]), exponent)
      },
    }
  },
})

const isZero = ({ g }: GradientContext, x: string): string => g.op('Equal', [x, g.scalar(0)])

function slope(c: GradientContext, x: string, exponent: string): string {
  const { g } = c
  const [constant, ...others] = constantOf(c, exponent) ?? []
  if (constant === undefined || others.length > 0) return slopeAt(c, x, exponent)
  const factor = g.scalar(constant)
  if (constant === 2) return g.op('Mul', [x, factor])
  return g.op('Mul', [g.op('Pow', [x, g.scalar(constant - 1)]), factor])
}

/** Returns the slope for exponents that differ, which may be whole numbers. */
function slopeAt(c: GradientContext, x: string, exponent: string): string {
  const { g } = c
  const type = g.graph.info(exponent)?.type ?? 'float32'
  const y = type === 'float32' ? exponent : g.op('Cast', [exponent], { to: CAST_TO.float32 })
  const power = g.op('Mul', [y, g.op('Pow', [x, g.op('Sub', [y, g.scalar(1)])])])
  return g.op('Where', [isZero(c, y), g.scalar(0), power])
}
