import { intAttribute, MS, type Shape } from '../../onnx/graph/graph.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { reduceSum } from '../support/broadcast.js'
import { reshapeLike } from '../support/reshape.js'
import { type GradientContext, gradientRule } from '../support/rule.js'
import { unsupported } from '../support/unsupported.js'

/**
 * The gradient of GatherND: each slice of dY, added to where it was gathered from. The axes that are indexed are joined
 * into one, for com.microsoft.GatherGrad.
 */
export const GatherND = gradientRule({
  operator: 'GatherND',
  inputs: ['data', 'indices'],
  gradient: (c) => ({
    data: () => {
      const { g, node } = c
      const [data, indices] = node.inputs as [string, string]
      const batches = intAttribute(node, 'batch_dims', 0)
      if (batches !== 0) throw unsupported(c, `batch_dims ${batches}`)
      const sizes = indexedSizes(c, data, indices)
      const rest = g.op('Slice', [g.op('Shape', [data]), g.ints(sizes.length), g.ints(FAR), g.ints(0)])
      const flat = g.op('Concat', [g.ints(sizeOf(sizes)), rest], { axis: 0 })
      const inputs = [flat, places(c, indices, sizes), c.dy]
      return reshapeLike(c, g.op('GatherGrad', inputs, { axis: 0 }, { domain: MS }), data)
    },
  }),
})

/** An end behind every axis. */
const FAR = 2 ** 31 - 1

/** Returns the sizes of the axes that are indexed. */
function indexedSizes(c: GradientContext, data: string, indices: string): readonly number[] {
  const [length] = c.staticShape(indices, c.shape(indices).length - 1) as [number]
  const sizes: Shape = c.shape(data).slice(0, length)
  if (!sizes.every((size) => typeof size === 'number')) throw unsupported(c, 'indices of an axis of unknown size')
  return sizes
}

/** Adds the place along the joined axis that each index names. A negative one counts from the end. */
function places(c: GradientContext, indices: string, sizes: readonly number[]): string {
  const { g } = c
  const strides = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)))
  const positive = g.op('Mod', [indices, g.ints(...sizes)])
  return reduceSum(c, g.op('Mul', [positive, g.ints(...strides)]), [c.shape(indices).length - 1], false)
}
