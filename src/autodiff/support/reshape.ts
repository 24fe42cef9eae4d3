import type { Shape } from '../../onnx/graph/graph.js'
import type { GradientContext } from './rule.js'

/** Reshapes `value` to the forward value `like`: the gradient of every operator that does not reorder elements. */
export function reshapeLike(c: GradientContext, value: string, like: string): string {
  return c.g.op('Reshape', [value, targetShape(c, like)])
}

/** Returns the shape of a forward value as an int64 tensor: a constant if at most one dimension is unknown. */
function targetShape(c: GradientContext, like: string): string {
  const shape = c.knownShape(like)
  return shape && isReshapeable(shape)
    ? c.g.ints(...shape.map((dim) => (typeof dim === 'number' ? dim : -1)))
    : c.g.op('Shape', [like])
}

/** Tells whether Reshape can express the shape: it allows one -1, and a dimension 0 would mean "copy". */
function isReshapeable(shape: Shape): boolean {
  return shape.filter((dim) => typeof dim !== 'number').length <= 1 && !shape.includes(0)
}
