import { type Graph, indexGraph, type Node } from '../../../src/onnx/graph/graph.js'
import type { Tensor } from '../../../src/onnx/graph/tensor.js'
import { type Array64, toArray64 } from './Array64.js'
import { activations } from './activations.js'
import { arithmetic } from './arithmetic.js'
import { blocked } from './blocked.js'
import { convolutions } from './convolutions.js'
import { sums } from './einsum.js'
import { groups } from './groups.js'
import { indexing } from './indexing.js'
import { linear } from './linear.js'
import { moving } from './moving.js'
import { normalization } from './normalization.js'
import type { Context, Operators } from './operator.js'
import { pools } from './pools.js'
import { resampling } from './resampling.js'

/**
 * An evaluator in float64: slow, plain, and independent of the library. It takes forward graphs, official training graphs
 * and lowered graphs, those in ONNX Runtime's own layout included, whatever the processor at hand.
 */
const operators: Operators = {
  ...activations,
  ...arithmetic,
  ...blocked,
  ...convolutions,
  ...groups,
  ...indexing,
  ...linear,
  ...moving,
  ...normalization,
  ...pools,
  ...resampling,
  ...sums,
  // The official one writes into its buffer. What is asked for here is the gradient, which is there under its own name.
  'com.microsoft:InPlaceAccumulatorV2': () => ({ dims: [1], data: Float64Array.of(1) }),
}

export type Values = Map<string, Array64>

export interface Options64 {
  /** Whether a batch norm of a forward graph uses the statistics of the batch. Default: none does. */
  readonly trains?: (node: Node) => boolean
  /** Channels in a block of com.microsoft.nchwc. Default 16. */
  readonly block?: number
  /** Evaluate no further than this value. */
  readonly until?: string
  /** Called with each result; what it returns takes the result's place. */
  readonly after?: (result: Array64, node: Node, values: Values) => Array64
}

/** Every value of a graph. `inputs` hold its inputs, and override its initializers. */
export function values64(graph: Graph, inputs: Values, options: Options64 = {}): Values {
  const constants = [...graph.initializers].map(([name, tensor]) => [name, toArray64(tensor)] as const)
  const values: Values = new Map([...constants, ...inputs])
  const context = contextOf(graph, values, options)
  for (const node of graph.nodes) {
    const results = node.opType === 'If' ? branchOf(node, values, options) : resultsOf(node, values, context)
    const named = node.outputs.map((name, i) => [name, results[i]!] as const).filter(([name]) => name)
    for (const [name, result] of named) values.set(name, result)
    if (options.after) for (const [name, result] of named) values.set(name, options.after(result, node, values))
    if (options.until !== undefined && node.outputs.includes(options.until)) break
  }
  return values
}

function resultsOf(node: Node, values: Values, context: Context): readonly Array64[] {
  const operator = operators[`${node.domain}:${node.opType}`]
  if (!operator) throw new Error(`no float64 reference for ${node.domain}:${node.opType}`)
  const inputs = node.inputs.map((name) => values.get(name))
  return [operator(node, inputs, context)].flat() as Array64[]
}

/** The graph of the branch that is taken reads the values around it. */
function branchOf(node: Node, values: Values, options: Options64): readonly Array64[] {
  const branch = node.attributes[values.get(node.inputs[0]!)!.data[0] ? 'then_branch' : 'else_branch']
  if (branch?.type !== 'graph') throw new Error(`If (${node.name}) without a branch`)
  const inner = values64(branch.value, values, options)
  return branch.value.outputs.map(({ name }) => inner.get(name)!)
}

/** The outputs of a graph by name, from tensors. */
export function run64(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  options: Options64 = {},
): Record<string, Array64> {
  const inputs = new Map(Object.entries(feeds).map(([name, tensor]) => [name, toArray64(tensor)]))
  const values = values64(graph, inputs, options)
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, values.get(name)!]))
}

/**
 * Evaluates `target`. `inputs` hold inputs and initializers; a batch norm for which `trains` is true uses the statistics
 * of the batch.
 */
export function evaluate64(graph: Graph, target: string, inputs: Values, trains: (node: Node) => boolean): Array64 {
  return values64(graph, inputs, { trains, until: target }).get(target)!
}

function contextOf(graph: Graph, values: Values, { trains, block }: Options64): Context {
  const { producer } = indexGraph(graph)
  return {
    trains: trains ?? (() => false),
    block: block ?? 16,
    opset: graph.opsets.get('') ?? 1,
    declared: (name) => graph.info(name)?.shape?.map((dim) => (typeof dim === 'number' ? dim : Number.NaN)),
    sourceOf: (name) => values.get(producer.get(name)?.inputs[0] ?? '')?.dims,
  }
}
