import type { Shape } from '../../onnx/graph/graph.js'
import type { GradientContext } from './rule.js'

/** Returns the number of values of the first input that each value of the first output is the mean of. */
export function countOfMean(c: GradientContext): string {
  const [x, y] = [c.node.inputs[0]!, c.node.outputs[0]!]
  const count = ratio(c.knownShape(x), c.knownShape(y))
  return count === undefined ? c.g.op('Div', [c.g.op('Size', [x]), c.g.op('Size', [y])]) : c.g.scalar(count)
}

/** Returns the ratio of the sizes, if the dimensions that are not known are the same in both. */
function ratio(x: Shape | undefined, y: Shape | undefined): number | undefined {
  const product = (shape: Shape) => shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1)
  const symbols = (shape: Shape) => `${shape.filter((dim) => typeof dim === 'string')}`
  if (!x || !y || [...x, ...y].includes(null) || symbols(x) !== symbols(y)) return undefined
  return product(y) === 0 ? undefined : product(x) / product(y)
}
