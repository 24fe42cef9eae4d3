import { intAttribute } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'
import { sumOfRows } from './support/rows.js'

/** A sum over the first axes, as in the gradient of a bias, in the form that all threads compute, if sizes are known. */
export const ReduceSum: Lowering = {
  operator: 'ReduceSum',
  lower(node, c) {
    const [x, axes] = node.inputs
    const [sizes, known] = [c.sizes(x!), c.source.initializers.get(axes ?? '')?.data]
    const isRemoved = intAttribute(node, 'keepdims', 1) === 0
    if (!sizes || !known || !isRemoved) return c.keep(node)
    const summed = Array.from(
      known as ArrayLike<number | bigint>,
      (axis) => (Number(axis) + sizes.length) % sizes.length,
    )
    const areFirst = summed.every((axis) => axis < summed.length)
    if (!areFirst || !sumOfRows(c, x!, sizes, summed.length, node.outputs[0])) c.keep(node)
  },
}
