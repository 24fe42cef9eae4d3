import { type AttributeInput, GraphBuilder } from '../../src/onnx/builder.js'
import { type Graph, MS } from '../../src/onnx/graph/graph.js'
import type { DataType, Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { expectAllClose } from './compare.js'
import { runOfficial } from './officialRuntime.js'
import type { Feeds } from './runtime.js'
import { runStock } from './stockRuntime.js'

export interface OpCase {
  readonly opType: string
  /** Operator domain, default `com.microsoft`, the home of the training operators. */
  readonly domain?: string
  /** In the operator's order; `undefined` omits an optional input. */
  readonly inputs: readonly (Tensor | undefined)[]
  readonly attributes?: Readonly<Record<string, AttributeInput | undefined>>
  /** Element types of the outputs; `undefined` omits one. Default: one float32 output. */
  readonly outputs?: readonly (DataType | undefined)[]
  /** Inputs whose first dimension is declared as the symbol `N`, by position. Default: none. */
  readonly batched?: readonly number[]
  /** Inputs that are constants of the graph (initializers), by position. Default: none. */
  readonly constant?: readonly number[]
  readonly opset?: number
}

/** A graph of one node, with inputs `x0, x1, ...` and outputs `y0, y1, ...`, and the feeds for it. */
export function opGraph(test: OpCase): { graph: Graph; feeds: Record<string, Tensor> } {
  const g = new GraphBuilder()
  const feeds: Record<string, Tensor> = {}
  const inputs = test.inputs.map((tensor, i) => {
    if (!tensor) return undefined
    const name = `x${i}`
    if (test.constant?.includes(i)) return g.initializer(name, tensor)
    feeds[name] = tensor
    return g.input(name, tensor.type, test.batched?.includes(i) ? ['N', ...tensor.dims.slice(1)] : tensor.dims)
  })
  const outputs = (test.outputs ?? ['float32']).map((type, i) => (type ? `y${i}` : ''))
  g.ops(test.opType, inputs, test.attributes, { domain: test.domain ?? MS, outputs })
  for (const [i, type] of (test.outputs ?? ['float32']).entries())
    if (type) g.graph.outputs.push({ name: `y${i}`, type })
  g.graph.opsets = new Map([
    ['', test.opset ?? 17],
    [MS, 1],
  ])
  return { graph: g.graph, feeds }
}

/**
 * Microsoft's kernel of an operator against our lowering of it, on the same inputs.
 * `lower` is the function under test: from a graph with the operator to one that stock ONNX Runtime runs.
 */
export async function checkOp(test: OpCase, lower: (graph: Graph) => Graph, tolerance = 1e-5): Promise<void> {
  const { graph, feeds } = opGraph(test)
  await checkGraph(graph, feeds, lower, tolerance)
}

/** `checkOp` for a whole graph: every output of the lowered graph equals that of the official one. */
export async function checkGraph(
  graph: Graph,
  feeds: Feeds,
  lower: (graph: Graph) => Graph,
  tolerance = 1e-5,
): Promise<void> {
  const [expected, actual] = [await runOfficial(graph, feeds), await runStock(lower(graph.clone()), feeds)]
  expectAllClose(actual, expected, tolerance)
}

/** Gaussian numbers from a seed of their own, the same on every run. */
export function gaussian(dims: readonly number[], ...keys: readonly (number | string)[]): Tensor<'float32'> {
  const source = seededRandom('gaussian', ...keys, ...dims)
  const size = dims.reduce((product, dim) => product * dim, 1)
  return { type: 'float32', dims, data: Float32Array.from({ length: size }, () => source.normal()) }
}
