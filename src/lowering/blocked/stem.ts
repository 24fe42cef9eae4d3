import { intsAttribute, type Node } from '../../onnx/graph.js'
import type { Blocked } from './Blocked.js'
import { type Geometry, reach } from './geometry.js'
import type { BlockedRule } from './rule.js'
import { type Name, PHASES } from './values.js'

type Dims = readonly [number, number, number, number]

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
  return (
    is('kernel_shape', 3, 3) && is('strides', 2, 2) && is('pads', 1, 1, 1, 1) && !dilated && !pool.attributes.auto_pad
  )
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

/** The pool over phases. */
export const maxPool: BlockedRule = {
  operator: ':MaxPool',
  write(node, c) {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    const phases = c.values.get(x)?.parts
    if (phases?.length !== 4 || !isPoolOfPhases(node)) return false
    const windows = PHASES.map(([p, q], i) =>
      p || q ? c.nchwc('MaxPool', [phases[i]!], { kernel_shape: [1 + p, 1 + q], pads: [p, q, 0, 0] }) : phases[i]!,
    )
    c.values.set(y, { parts: [c.g.op('Max', windows)] })
    return true
  },
}

/** The nine places of a window in row-major order: its phase, and whether that phase is read one row up or column left. */
const PLACES = [-1, 0, 1].flatMap((row) =>
  [-1, 0, 1].map((column) => ({
    phase: (row === 0 ? 0 : 2) + (column === 0 ? 0 : 1),
    rows: row < 0 ? 1 : 0,
    columns: column < 0 ? 1 : 0,
  })),
)

/**
 * Each window's gradient goes to its FIRST maximum, as in the official kernel and in PyTorch: the places are tried in
 * order, and what one takes is gone for the next. Values come out of a ReLU, so a maximum of zero has no gradient,
 * and the mask of that ReLU changes nothing.
 */
export const maxPoolGrad: BlockedRule = {
  operator: ':MaxPoolGrad',
  write(node, c) {
    const pool = c.index.producer.get(node.inputs[1]!)!
    const [x, y] = [pool.inputs[0]!, pool.outputs[0]!]
    const phases = c.values.get(x)?.parts
    if (phases?.length !== 4) return false
    const { g } = c
    const channels = c.dims4(y)[1]
    const maximum = c.blocked(y)
    let rest = c.maskByRelu(c.blocked(node.inputs[0]!), maximum)
    const gradients: (Name | undefined)[] = [undefined, undefined, undefined, undefined]
    for (const [i, { phase, rows, columns }] of PLACES.entries()) {
      let taken = rest
      if (i < PLACES.length - 1) {
        const value = c.shift(phases[phase]!, channels, rows, columns, true)
        taken = c.mul(g.op('Cast', [g.op('Equal', [value, maximum])], { to: 1 }), rest)
        rest = c.sub(rest, taken)
      }
      gradients[phase] = c.shift(taken, channels, rows, columns, false, gradients[phase])
    }
    c.values.set(node.outputs[0]!, { parts: gradients as Name[], masked: true })
    return true
  },
}
