import type { GraphBuilder } from '../../../onnx/builder.js'
import { CAST_TO, sizeOf } from '../../../onnx/graph/tensor.js'
import type { LoweringContext } from './lowering.js'
import { sumOfRows } from './rows.js'

/** Adds the mean over some axes, which stay with size 1. */
export const meanOver = (c: LoweringContext, x: string, axes: readonly number[]): string =>
  reduceOver(c, 'ReduceMean', x, axes, 1)

/**
 * Adds the sum over some axes, in ascending order, which are removed. `output` names the result, `like` an official value
 * of the shape of x.
 */
export function sumOver(c: LoweringContext, x: string, axes: readonly number[], output?: string, like = x): string {
  const sizes = axes.every((axis, i) => axis === i) ? c.sizes(like) : undefined
  const ofRows = sizes && sumOfRows(c, x, sizes, axes.length, output)
  return ofRows ?? reduceOver(c, 'ReduceSum', x, axes, 0, output)
}

/** Adds the mean of the squares over all axes but the channels, which stay with size 1. `count` is that of `countFor`. */
export function meanSquareOver(c: LoweringContext, x: string, axes: readonly number[], count: () => string): string {
  // One pass over memory less, but in float32 not the same to the last digit.
  if (c.strategies.sums === 'last axes first')
    return c.g.op('Div', [reduceOver(c, 'ReduceSumSquare', x, axes, 1), count()])
  return meanOver(c, c.g.op('Mul', [x, x]), axes)
}

/**
 * Adds a reduction over some axes. WebGPU reduces the last axes of a tensor in place, with one workgroup for each
 * result, but transposes the whole tensor before it reduces others. So there the axes at the end go first: what is left
 * is small.
 */
function reduceOver(
  { g, strategies }: LoweringContext,
  operator: 'ReduceSum' | 'ReduceMean' | 'ReduceSumSquare',
  x: string,
  axes: readonly number[],
  keepdims: 0 | 1,
  output?: string,
): string {
  const names = output ? { outputs: [output] } : {}
  const [others, last] = strategies.sums === 'last axes first' ? splitAxes(axes) : [axes, []]
  if (others.length === 0 || last.length === 0) return g.op(operator, [x, g.ints(...axes)], { keepdims }, names)
  const partial = g.op(operator, [x, g.ints(...last)], { keepdims })
  const rest = operator === 'ReduceSumSquare' ? 'ReduceSum' : operator
  return g.op(rest, [partial, g.ints(...others)], { keepdims }, names)
}

/** Splits ascending axes into the run of neighbours that ends them and what is before: 0, 2, 3 into 0 and 2, 3. */
function splitAxes(axes: readonly number[]): readonly [readonly number[], readonly number[]] {
  const begin = axes.findLastIndex((axis, i) => i > 0 && axis !== axes[i - 1]! + 1)
  return begin < 0 ? [[], axes] : [axes.slice(0, begin), axes.slice(begin)]
}

/** Adds the sum of several values of one shape. */
export function total(g: GraphBuilder, values: readonly string[]): string {
  return values.reduce((sum, value) => g.op('Add', [sum, value]))
}

/**
 * Adds the number of values of x for each of a vector's, as a float32 scalar: a constant, if the sizes of x are known.
 */
export function countFor(c: LoweringContext, x: string, vector: string): string {
  const { g } = c
  const sizes = c.sizes(x)
  if (sizes) return g.scalar(sizeOf(sizes) / sizes[1]!)
  const [all, parts] = [x, vector].map((value) => g.op('Cast', [g.op('Size', [value])], { to: CAST_TO.float32 }))
  return g.op('Div', [all, parts])
}
