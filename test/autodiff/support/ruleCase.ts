import { type AttributeInput, GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { gaussian } from '../../support/checkOp.js'

/** An operator whose gradient is tested. */
export interface RuleCase {
  readonly name: string
  readonly opType: string
  readonly domain?: string
  /** In the operator's order; those of other types than float32 are constants. */
  readonly inputs: readonly (Tensor | undefined)[]
  readonly attributes?: Record<string, AttributeInput>
  /** Positions of the inputs to train. Default: every float one. */
  readonly trained?: readonly number[]
  readonly output: readonly number[]
  readonly opset?: number
  /** The number of outputs, of which the first is read. Default: 1. */
  readonly outputs?: number
  /** Operators that the gradient must consist of. */
  readonly uses?: readonly string[]
}

export const feeds = { labels: int64([1, 0]) }

/**
 * The operator on trainable inputs `p0, p1, ...`, then fixed random factors, so that the gradient that reaches the
 * operator has no structure, then a loss over two examples.
 */
export function graphOf(test: RuleCase): Graph {
  const g = new GraphBuilder()
  g.graph.opsets = new Map([['', test.opset ?? 17]])
  if (test.domain) g.graph.opsets.set(test.domain, 1)
  const inputs = test.inputs.map((tensor, i) => tensor && g.initializer(`p${i}`, tensor))
  const how = { name: `/${test.opType}`, domain: test.domain ?? '', outputs: test.outputs ?? 1 }
  const [y] = g.ops(test.opType, inputs, test.attributes, how)
  const factors = g.initializer('factors', gaussian(test.output, test.name, 'factors'))
  const flat = g.op('Reshape', [g.op('Mul', [y, factors]), g.ints(2, -1)], {}, { outputs: ['logits'] })
  g.output(flat, 'float32', [2, test.output.reduce((size, dim) => size * dim, 1) / 2])
  return g.graph
}

/** The names of the inputs to train. */
export const trainedOf = ({ inputs, trained }: RuleCase): string[] =>
  (trained ?? inputs.flatMap((tensor, i) => (tensor?.type === 'float32' ? [i] : []))).map((i) => `p${i}`)

export const x = (...dims: number[]) => gaussian(dims, 'x')
export const w = (...dims: number[]) => gaussian(dims, 'w')
export const b = (...dims: number[]) => gaussian(dims, 'b')
export const positive = (tensor: Tensor<'float32'>) =>
  float32(
    tensor.data.map((value) => 0.5 + Math.abs(value)),
    tensor.dims,
  )
