import { intAttribute } from '../../onnx/graph/graph.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/** The gradient of Concat: dY, split into pieces of the sizes of the inputs. */
export const Concat = gradientRule({
  operator: 'Concat',
  inputs: ['inputs'],
  gradient: (c) => {
    const axis = intAttribute(c.node, 'axis', 0)
    const sizes = c.node.inputs.map((input) => c.shape(input).at(axis))
    const count = { outputs: sizes.length }
    const pieces =
      c.opset < 13
        ? c.g.ops('Split', [c.dy], { axis, split: sizes as number[] }, count)
        : c.g.ops('Split', [c.dy, pieceSizes(c, sizes, axis)], { axis }, count)
    return { inputs: (place) => pieces[place] }
  },
})

/** Returns the size of each piece: a constant if they are all known, otherwise read from the inputs. */
function pieceSizes(c: GradientContext, sizes: readonly unknown[], axis: number): string {
  if (sizes.every((size) => typeof size === 'number')) return c.g.ints(...sizes)
  const each = c.node.inputs.map((input) => c.g.op('Gather', [c.g.op('Shape', [input]), c.g.ints(axis)]))
  return c.g.op('Concat', each, { axis: 0 })
}
