import type { Name } from '../layout/dims.js'
import type { BlockedOps } from '../ops/BlockedOps.js'
import { maskByRelu, reaches } from '../ops/elementwise.js'
import { type Step, shift } from '../ops/spatial.js'
import type { BlockedRule } from '../writer/rule.js'

/**
 * The blocked gradient of max pooling. Each window's gradient belongs to its FIRST maximum in row-major order, as in
 * the official kernel and in PyTorch: to the first row that has it, and in that row to the first column. Values come
 * from a ReLU, so a maximum of zero has no gradient, and the mask of that ReLU changes nothing.
 */
export const MaxPoolGrad: BlockedRule = {
  operator: 'MaxPoolGrad',
  write(node, c) {
    const pool = c.official.producer(node.inputs[1]!)!
    const [x, y] = [pool.inputs[0]!, pool.outputs[0]!]
    const phases = c.values.parts(x)
    const rowMaxima = c.kept.rowMaxima.get(pool)!
    const channels = c.official.dims4(y)[1]
    const maximum = c.values.whole(y)
    const gradient = maskByRelu(c.ops, c.values.whole(node.inputs[0]!), maximum)
    const [even, odd] = rowMaxima
    const rows = toFirst(c.ops, channels, { even, odd, maximum, gradient }, [1, 0])
    const parts = rowMaxima.flatMap((rowMaximum, p) => {
      const tensors = { even: phases[2 * p]!, odd: phases[2 * p + 1]!, maximum: rowMaximum, gradient: rows[p]! }
      return toFirst(c.ops, channels, tensors, [0, 1])
    })
    c.values.set(node.outputs[0]!, { kind: 'tensors', parts })
  },
}

/**
 * Computes the gradient of a maximum over three positions in a row: the odd one before (by `step`), the even one, the
 * odd one after. It belongs to the first that equals the maximum; the gradient that one position takes is not left for
 * the next, and the last takes the rest.
 */
function toFirst(
  ops: BlockedOps,
  channels: number,
  tensors: { even: Name; odd: Name; maximum: Name; gradient: Name },
  step: Step,
): readonly [even: Name, odd: Name] {
  const { even, odd, maximum, gradient } = tensors
  const shareOf = (place: Name, rest: Name) => {
    const share = ops.mul(reaches(ops, place, maximum), rest)
    return [share, ops.sub(rest, share)] as const
  }
  const [before, afterFirst] = shareOf(shift(ops, odd, channels, step, 'forward'), gradient)
  const [middle, last] = shareOf(even, afterFirst)
  return [middle, shift(ops, before, channels, step, 'back', last)]
}
