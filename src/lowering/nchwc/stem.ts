import { intsAttribute, type Node, stringAttribute } from '../../onnx/graph/graph.js'
import { hasCeilMode } from '../geometry/window.js'
import type { Blocked } from './layout/Blocked.js'
import { type Geometry, reach } from './layout/geometry.js'
import { type Dims, type Name, PHASES } from './layout/values.js'
import type { BlockedRule } from './rule.js'

/**
 * A first convolution whose way leads through batch norm and ReLU into a 3x3 max pool of stride 2 and nowhere else. Then
 * its output is computed as its four phases: pooling is a maximum of shifted phases, its gradient a comparison per phase,
 * and nothing of the full size is ever interleaved or scattered.
 */
export function isPoolStem(conv: Node, { stride, pads }: Geometry, c: Blocked): boolean {
  const only = (value: string, ...opTypes: readonly string[]) =>
    c.consumers(value).every(({ opType }) => opTypes.includes(opType))
      ? c.consumers(value).find(({ opType }) => opType === opTypes[0])
      : undefined
  const y = conv.outputs[0]!
  const norm = only(y, 'BatchNormInternal', 'BatchNormalizationGrad')
  const activation = norm && only(norm.outputs[0]!, 'Relu')
  const pool = activation && only(activation.outputs[0]!, 'MaxPool', 'ReluGrad')
  if (!pool || !isPoolOfPhases(pool)) return false
  const [, , h, w] = c.dims4(y)
  return h % 2 === 0 && w % 2 === 0 && pads[0] >= stride && pads[1] >= stride
}

function isPoolOfPhases(pool: Node): boolean {
  const is = (name: string, ...values: readonly number[]) => `${intsAttribute(pool, name)}` === `${values}`
  const dilated = intsAttribute(pool, 'dilations')?.some((dilation) => dilation !== 1)
  const explicit = stringAttribute(pool, 'auto_pad', 'NOTSET') === 'NOTSET'
  const whole = !dilated && explicit && !hasCeilMode(pool)
  return whole && is('kernel_shape', 3, 3) && is('strides', 2, 2) && is('pads', 1, 1, 1, 1)
}

/** Whether a pool reads the four phases of a ReLU's output and nothing but its gradient reads its Indices. */
function isWrittenByPhases(pool: Node, c: Blocked): boolean {
  const [x, [, indices]] = [pool.inputs[0]!, pool.outputs]
  const positive = c.index.producer.get(x)?.opType === 'Relu'
  const hidden = !indices || c.isReadOnlyBy(indices, 'MaxPoolGrad')
  return isPoolOfPhases(pool) && positive && hidden && c.values.get(x)?.parts?.length === 4
}

/** The convolution's output by phases: each a convolution of twice the stride. */
export function stemPhases(
  c: Blocked,
  tensors: { x: Name; w: Name; bias: Name | undefined },
  { kernel, stride, pads }: Geometry,
  x: Dims,
  y: Dims,
): readonly Name[] {
  const step = 2 * stride
  return PHASES.map(([p, q]) => {
    const [top, left] = [pads[0] - stride * p, pads[1] - stride * q]
    const bottom = Math.max(0, reach(x[2], y[2] / 2, kernel[0], step, top))
    const right = Math.max(0, reach(x[3], y[3] / 2, kernel[1], step, left))
    return c.conv(tensors, { kernel_shape: [...kernel], strides: [step, step], pads: [top, left, bottom, right] })
  })
}

/** The pool over phases: first along the rows of a window, in even and odd rows, then over the rows. */
export const maxPool: BlockedRule = {
  operator: ':MaxPool',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    if (!isWrittenByPhases(node, c)) return false
    const phases = c.parts(x)
    // A window's first and last row or column are odd, its middle one even.
    const pair = (even: Name, odd: Name, kernel: readonly [number, number]) => {
      const pads = [kernel[0] - 1, kernel[1] - 1, 0, 0]
      return c.g.op('Max', [even, c.nchwc('MaxPool', [odd], { kernel_shape: [...kernel], pads })])
    }
    const rows = [0, 2].map((first) => pair(phases[first]!, phases[first + 1]!, [1, 2])) as [Name, Name]
    c.pools.set(y, { phases, rowMaxima: rows })
    c.values.set(y, { parts: [pair(...rows, [2, 1])] })
    return true
  },
}

/**
 * Each window's gradient goes to its FIRST maximum in row-major order, as in the official kernel and in PyTorch: to the
 * first row that has it, and in that row to the first column. Values come out of a ReLU, so a maximum of zero has no
 * gradient, and the mask of that ReLU changes nothing.
 */
export const maxPoolGrad: BlockedRule = {
  operator: ':MaxPoolGrad',
  write(node, c) {
    const y = c.index.producer.get(node.inputs[1]!)?.outputs[0] ?? ''
    const pool = c.pools.get(y)
    if (!pool) return false
    const { phases, rowMaxima } = pool
    const channels = c.dims4(y)[1]
    const maximum = c.blocked(y)
    const gradient = c.maskByRelu(c.blocked(node.inputs[0]!), maximum)
    const rows = toFirst(c, channels, { even: rowMaxima[0], odd: rowMaxima[1], maximum, gradient }, [1, 0])
    const parts = rowMaxima.flatMap((rowMaximum, p) => {
      const tensors = { even: phases[2 * p]!, odd: phases[2 * p + 1]!, maximum: rowMaximum, gradient: rows[p]! }
      return toFirst(c, channels, tensors, [0, 1])
    })
    c.values.set(node.outputs[0]!, { parts, masked: true })
    return true
  },
}

/**
 * The gradient of a maximum over three places in a row: the odd one before (by `step`), the even one, the odd one after.
 * It goes to the first that equals the maximum; what one place takes is gone for the next, and the last takes the rest.
 */
function toFirst(
  c: Blocked,
  channels: number,
  tensors: { even: Name; odd: Name; maximum: Name; gradient: Name },
  step: readonly [number, number],
): readonly [even: Name, odd: Name] {
  const { even, odd, maximum, gradient } = tensors
  const shareOf = (place: Name, rest: Name) => {
    const share = c.mul(c.reaches(place, maximum), rest)
    return [share, c.sub(rest, share)] as const
  }
  const [before, afterFirst] = shareOf(c.shift(odd, channels, ...step, true), gradient)
  const [middle, last] = shareOf(even, afterFirst)
  return [middle, c.shift(before, channels, ...step, false, last)]
}
