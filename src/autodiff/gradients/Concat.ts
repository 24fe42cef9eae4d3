import { intAttribute } from '../../onnx/graph/graph.js'
import type { GradientContext, GradientRule } from '../support/rule.js'

/** dY cut into pieces of the sizes of the inputs. */
export const concatRule: GradientRule = {
  opType: 'Concat',
  gradient: (c) => {
    const axis = intAttribute(c.node, 'axis', 0)
    const sizes = c.node.inputs.map((input) => c.shape(input).at(axis))
    const pieces = { outputs: c.node.inputs.length }
    if (c.opset < 13) return c.g.ops('Split', [c.dy], { axis, split: sizes as number[] }, pieces)
    return c.g.ops('Split', [c.dy, pieceSizes(c, sizes, axis)], { axis }, pieces)
  },
}

/** The size of each piece: a constant if they are all known, else read from the inputs. */
function pieceSizes(c: GradientContext, sizes: readonly unknown[], axis: number): string {
  if (sizes.every((size) => typeof size === 'number')) return c.g.ints(...sizes)
  const each = c.node.inputs.map((input) => c.g.op('Gather', [c.g.op('Shape', [input]), c.g.ints(axis)]))
  return c.g.op('Concat', each, { axis: 0 })
}
