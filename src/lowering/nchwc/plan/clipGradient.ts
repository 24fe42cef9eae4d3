import type { Node } from '../../../onnx/graph/graph.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'
import { limitsOf } from '../layout/pointwise.js'

/** The values that the gradient of y = min(max(x, low), high) is computed from: dX = dY where low < y < high. */
export interface ClipGradient {
  readonly dy: string
  readonly y: string
  readonly limits: readonly [low: number, high: number]
}

/**
 * Recognises the product of dY with the mask that the gradient rule of Clip writes from x, in five operators, two of
 * which ONNX Runtime computes on one thread. From y it is known as well, but for values that are equal to a limit: their
 * gradient is then 0, as that of PyTorch's ReLU6. Nothing else may need x after that: it is not computed.
 */
export function clipGradient({ inputs }: Node, official: OfficialGraph): ClipGradient | undefined {
  for (const [dy, mask] of [inputs, inputs.toReversed()] as [string, string][]) {
    const clip = clipOfMask(mask, official)
    const limits = clip && limitsOf(clip, official)
    if (limits?.every(Number.isFinite)) return { dy, y: clip!.outputs[0]!, limits }
  }
  return undefined
}

/** Returns the Clip whose x a mask tells to be inside of its limits: not (x < low or x > high). */
function clipOfMask(mask: string, official: OfficialGraph): Node | undefined {
  const operands = (value: string | undefined, opType: string): readonly string[] => {
    const node = value === undefined ? undefined : official.producer(value)
    return node?.opType === opType ? node.inputs : []
  }
  const [outside] = operands(operands(mask, 'Cast')[0], 'Not')
  const [below, above] = operands(outside, 'Or')
  const [x, low] = operands(below, 'Less')
  const [other, high] = operands(above, 'Greater')
  if (x === undefined || x !== other) return undefined
  const isIt = ({ opType, inputs }: Node) => opType === 'Clip' && `${inputs}` === `${[x, low, high]}`
  return official.consumers(x).find(isIt)
}
