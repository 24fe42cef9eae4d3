import { intsAttribute } from '../../onnx/graph/graph.js'
import { int64, type Tensor } from '../../onnx/graph/tensor.js'
import { type GradientContext, gradientRule } from '../support/rule.js'

/** The gradient of Slice: dY where X was read, zeros around it. The limits are inputs since operator set 10. */
export const Slice = gradientRule({
  operator: 'Slice',
  inputs: ['data', 'starts', 'ends', 'axes', 'steps'],
  gradient: (c) => ({ data: () => padded(c) ?? scattered(c) }),
})

/** Pads dY: for whole stretches of X whose limits and sizes are known. */
function padded(c: GradientContext): string | undefined {
  const shape = c.knownShape(c.node.inputs[0]!)
  const [starts, ends] = [limits(c, 1, 'starts'), limits(c, 2, 'ends')]
  const axes = c.node.inputs[3] ? limits(c, 3, 'axes') : (intsAttribute(c.node, 'axes') ?? starts?.map((_, i) => i))
  const steps = c.node.inputs[4] ? limits(c, 4, 'steps') : starts?.map(() => 1)
  if (!shape || !starts || !ends || !axes || steps?.some((step) => step !== 1) !== false) return undefined
  const pads = Array<number>(2 * shape.length).fill(0)
  for (const [i, given] of axes.entries()) {
    const axis = given < 0 ? given + shape.length : given
    const size = shape[axis]
    if (typeof size !== 'number') return undefined
    const place = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size)
    const [begin, end] = [place(starts[i]!), place(ends[i]!)]
    pads[axis] = begin
    pads[axis + shape.length] = size - Math.max(begin, end)
  }
  if (pads.every((pad) => pad === 0)) return c.dy
  if (c.opset < 11) return c.g.op('Pad', [c.dy], { pads })
  return c.g.op('Pad', [c.dy, c.g.ints(...pads), c.g.scalar(0)])
}

const limits = (c: GradientContext, input: number, name: string): readonly number[] | undefined => {
  const constant = c.g.graph.initializers.get(c.node.inputs[input] ?? '') as Tensor<'int64' | 'int32'> | undefined
  return intsAttribute(c.node, name) ?? (constant && Array.from(constant.data, Number))
}

/** Slices the positions of the elements of X in the same way, and writes dY at those. */
function scattered(c: GradientContext): string {
  const { g, node } = c
  const [x, ...how] = node.inputs as [string, ...string[]]
  const scalar = (value: number) => g.constant(int64([value], []))
  const shape = g.op('Shape', [x])
  const all = g.op('Reshape', [g.op('Range', [scalar(0), g.op('Size', [x]), scalar(1)]), shape])
  const flat = (value: string) => g.op('Reshape', [value, g.ints(-1)])
  const places = flat(g.op('Slice', [all, ...how]))
  const zeros = g.op('ConstantOfShape', [g.op('Reshape', [g.op('Size', [x]), g.ints(1)])])
  const written = g.op('ScatterElements', [zeros, places, flat(c.dy)], { axis: 0 })
  return g.op('Reshape', [written, shape])
}
