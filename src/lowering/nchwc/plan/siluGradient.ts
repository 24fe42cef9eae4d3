import type { Node } from '../../../onnx/graph/graph.js'
import type { OfficialGraph } from '../layout/OfficialGraph.js'

/** The values that the gradient of y = x * s, s = sigmoid(x), is computed from: dX = dY (s + y (1 - s)). */
export interface SiluGradient {
  readonly dy: string
  readonly sigmoid: string
  readonly y: string
}

/**
 * Recognises the sum of both ways from x to x * sigmoid(x), as their rules write them: dY * s, and dY * x * s (1 - s).
 * Written as one product it takes four passes over memory instead of seven.
 */
export function siluGradient({ inputs }: Node, official: OfficialGraph): SiluGradient | undefined {
  if (inputs.length !== 2) return undefined
  for (const [direct, inner] of [inputs, inputs.toReversed()] as [string, string][]) {
    const slope = productOf(inner, official)?.find((factor) => sigmoidOfSlope(factor, official))
    const sigmoid = slope && sigmoidOfSlope(slope, official)
    const x = sigmoid && official.producer(sigmoid)?.inputs[0]
    const dy = sigmoid && otherFactor(productOf(direct, official), sigmoid)
    const dSigmoid = slope && otherFactor(productOf(inner, official), slope)
    if (!x || !dy || !dSigmoid || otherFactor(productOf(dSigmoid, official), dy) !== x) continue
    const y = official.consumers(x).find((node) => otherFactor(factorsOf(node), x) === sigmoid)?.outputs[0]
    if (y) return { dy, sigmoid, y }
  }
  return undefined
}

const factorsOf = (node: Node | undefined) => (node?.opType === 'Mul' ? node.inputs : undefined)
const productOf = (value: string, official: OfficialGraph) => factorsOf(official.producer(value))

const otherFactor = (factors: readonly string[] | undefined, one: string): string | undefined =>
  factors?.includes(one) ? factors[1 - factors.indexOf(one)] : undefined

/** Returns s if a value is s * (1 - s) of a sigmoid s. */
function sigmoidOfSlope(value: string, official: OfficialGraph): string | undefined {
  return productOf(value, official)?.find((sigmoid, place, factors) => {
    const rest = official.producer(factors[1 - place]!)
    const isRest = rest?.opType === 'Sub' && rest.inputs[1] === sigmoid && isOne(rest.inputs[0]!, official)
    return isRest && official.producer(sigmoid)?.opType === 'Sigmoid'
  })
}

function isOne(value: string, { graph }: OfficialGraph): boolean {
  const data = graph.initializers.get(value)?.data
  return data?.length === 1 && Number(data[0]) === 1
}
