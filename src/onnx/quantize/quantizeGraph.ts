import { GraphBuilder } from '../builder.js'
import { namesIn, unusedNames } from '../format/names.js'
import type { Graph, Node } from '../graph/graph.js'
import { float32, type Tensor, zeros } from '../graph/tensor.js'
import { eliminateDeadNodes } from '../transform/eliminateDeadNodes.js'
import type { Weights } from './operators.js'
import type { QuantizationPlan } from './planQuantization.js'
import { quantizeBias, quantizeWeights, type Range, type Scale, scaleOf } from './scales.js'

/** The first operator set whose DequantizeLinear takes a scale for each channel. */
export const QUANTIZED_OPSET = 13

/** The largest magnitude of an int8 weight, and of one for processors that add two products in 16 bits. */
const LEVELS = 127
const REDUCED_LEVELS = 64

/**
 * Quantizes a network: every planned value passes through QuantizeLinear and DequantizeLinear, weights and biases are
 * int8 and int32 behind a DequantizeLinear. A runtime replaces an operator between them by its int8 kernel; one that has
 * none computes the same in float32.
 *
 * @param ranges the smallest and the largest of each value that `plan` names
 * @param reduceRange true for weights of 7 bits. Processors without VNNI instructions add two products of 8 bits in 16,
 *   which full weights can overflow
 */
export function quantizeGraph(
  graph: Graph,
  plan: QuantizationPlan,
  ranges: ReadonlyMap<string, Range>,
  reduceRange: boolean,
): Graph {
  const result = graph.clone()
  const nodes = result.nodes
  result.nodes = []
  const target = { g: new GraphBuilder(result), unused: unusedNames(namesIn(graph)) }
  const scales = new Map([...plan.values].map(([value, source]) => [value, scaleOf(ranges.get(source)!)] as const))
  const rounded = new Map<string, string>()
  const round = (value: string) => {
    const scale = scales.get(value)
    if (scale) rounded.set(value, addRounding(target, value, scale))
  }
  const levels = reduceRange ? REDUCED_LEVELS : LEVELS

  for (const { name } of graph.inputs) round(name)
  for (const [i, node] of nodes.entries()) {
    const weights = plan.weights.get(graph.nodes[i]!)
    const inputScale = scales.get(node.inputs[0]!)?.scale
    node.inputs = node.inputs.map((input) => rounded.get(input) ?? input)
    if (weights && inputScale !== undefined)
      node.inputs = quantizedInputs(target, node, { ...weights, levels, inputScale })
    result.nodes.push(node)
    for (const output of node.outputs) round(output)
  }
  eliminateDeadNodes(result)
  return result
}

/** The graph that is written, and names that nothing in it has. */
interface Target {
  readonly g: GraphBuilder
  readonly unused: (stem: string) => string
}

/** Adds the rounding of a value to uint8 and back. @returns the name of the rounded value */
function addRounding({ g, unused }: Target, value: string, { scale, zeroPoint }: Scale): string {
  const constants = [
    g.initializer(unused(`${value}.scale`), float32([scale], [])),
    g.initializer(unused(`${value}.zero_point`), { type: 'uint8', dims: [], data: Uint8Array.of(zeroPoint) }),
  ]
  const named = (kind: string) => ({ outputs: [unused(`${value}.${kind}`)] })
  const quantized = g.op('QuantizeLinear', [value, ...constants], {}, named('quantized'))
  return g.op('DequantizeLinear', [quantized, ...constants], {}, named('rounded'))
}

interface WeightsToAdd extends Weights {
  readonly levels: number
  readonly inputScale: number
}

/** Adds the quantized weights and bias of a node. @returns the inputs that it has then */
function quantizedInputs(target: Target, { inputs }: Node, added: WeightsToAdd): string[] {
  const { weight, axis, bias, levels, inputScale } = added
  const [x, name, biasName] = inputs as [string, string, string | undefined]
  const form = { axis, levels, bias: bias && { inputScale, values: bias.data } }
  const { weights, scales } = quantizeWeights(weight, form)
  const read = [x, addDequantized(target, name, weights, scales, axis)]
  if (!bias || !biasName) return read
  const ofProduct = scales.data.map((scale) => inputScale * scale)
  return [
    ...read,
    addDequantized(target, biasName, quantizeBias(bias.data, ofProduct), float32(ofProduct, scales.dims), 0),
  ]
}

function addDequantized(
  { g, unused }: Target,
  name: string,
  tensor: Tensor<'int8' | 'int32'>,
  scales: Tensor<'float32'>,
  axis: number,
): string {
  const constants = [
    g.initializer(unused(`${name}.quantized`), tensor),
    g.initializer(unused(`${name}.scale`), scales),
    g.initializer(unused(`${name}.zero_point`), zeros(tensor.type, scales.dims)),
  ]
  return g.op('DequantizeLinear', constants, { axis }, { outputs: [unused(`${name}.rounded`)] })
}
