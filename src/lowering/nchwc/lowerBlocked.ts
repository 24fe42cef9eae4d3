import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, NCHWC, type Node, valuesReadBy } from '../../onnx/graph/graph.js'
import { int64 } from '../../onnx/graph/tensor.js'
import { LoweringContext } from '../portable/support/lowering.js'
import { batchNormalizationGrad, batchNormInternal } from './batchNorm.js'
import { conv, convGrad } from './convolution.js'
import { add, relu, reluGrad, sumRule } from './elementwise.js'
import { expand, globalAveragePool } from './globalPool.js'
import { Blocked } from './layout/Blocked.js'
import type { FilterLayout } from './layout/filters.js'
import type { Name } from './layout/values.js'
import type { BlockedRule } from './rule.js'
import { maxPool, maxPoolGrad } from './stem.js'

const rules: readonly BlockedRule[] = [
  add,
  batchNormalizationGrad,
  batchNormInternal,
  conv,
  convGrad,
  expand,
  globalAveragePool,
  maxPool,
  maxPoolGrad,
  relu,
  reluGrad,
  sumRule,
]
const register = new Map(rules.map((rule) => [rule.operator, rule]))

/**
 * Writes an official training graph in ONNX Runtime's blocked layout (NCHWc): activations, weights and gradients of its
 * convolutions never leave it, and what stands around them is folded into as few passes over memory as possible.
 * A node that no rule takes is written in the standard layout; reorders stand at the borders.
 *
 * @param source a node is written in the blocked layout where the shapes of all that it reads and makes are known
 * @param layouts the weights that come in blocked, from `blockedFilters`
 * @param writePlain the lowering of one node in the standard layout
 */
export function lowerBlocked(
  source: Graph,
  layouts: ReadonlyMap<string, FilterLayout>,
  block: number,
  writePlain: (node: Node, context: LoweringContext) => void,
): Graph {
  const lowered = source.clone()
  lowered.nodes = []
  lowered.values = new Map()
  lowered.opsets.set(NCHWC, 1)
  const g = new GraphBuilder(lowered, 'blocked/')
  const plain = new LoweringContext(g, source)
  const c = new Blocked(g, source, layouts, block, (official, c) => {
    const { node, after } = plainNode(official, c)
    writePlain(node, plain)
    after()
  })
  for (const node of source.nodes) {
    if (isKnownShape(node, c)) lowered.initializers.set(node.outputs[0]!, int64(c.dims(node.inputs[0]!)))
    else if (!isWritten(node, c)) c.lowerPlain(node, c)
  }
  for (const { name } of lowered.outputs) c.plain(name)
  return lowered
}

const isKnownShape = ({ domain, opType, attributes, inputs }: Node, c: Blocked): boolean =>
  domain === '' && opType === 'Shape' && Object.keys(attributes).length === 0 && c.isKnown(inputs[0]!)

/** Writes a node by its rule, if there is one that takes it. */
function isWritten(node: Node, c: Blocked): boolean {
  const rule = register.get(`${node.domain}:${node.opType}`)
  const isKnown = (value: string) => value === '' || c.isKnown(value)
  return rule !== undefined && node.inputs.every(isKnown) && node.outputs.every(isKnown) && rule.write(node, c)
}

/**
 * A node as the standard layout has it: its inputs made plain, a blocked weight turned back, and the gradient of such a
 * weight turned into the blocked layout after it.
 */
function plainNode(node: Node, c: Blocked): { node: Node; after: () => void } {
  const inputs = node.inputs.map((input) => (c.layouts.has(input) ? plainFilter(c, input) : input))
  for (const value of [...inputs, ...valuesReadBy(node)]) if (value) c.plain(value)
  const weight = node.opType === 'ConvGrad' ? node.inputs[2]! : ''
  const layout = c.layouts.get(weight)
  const gradient = node.outputs[1]
  if (!layout || !gradient) return { node: { ...node, inputs }, after: () => {} }
  const turned = c.g.fresh('plainGradient')
  return {
    node: { ...node, inputs, outputs: node.outputs.with(1, turned) },
    after: () => blockFilter(c, turned, gradient, layout),
  }
}

function plainFilter(c: Blocked, weight: string): Name {
  const { dims, block } = c.layouts.get(weight)!
  const [outputs, inputs, kh, kw] = dims as [number, number, number, number]
  const few = inputs < block
  const wide = few
    ? c.reshape(weight, outputs / block, inputs, kh, kw, block)
    : c.reshape(weight, outputs / block, inputs / block, kh, kw, block, block)
  const turned = c.g.op('Transpose', [wide], { perm: few ? [0, 4, 1, 2, 3] : [0, 5, 1, 4, 2, 3] })
  const plain = c.reshape(turned, outputs, inputs, kh, kw)
  c.source.values.set(plain, { name: plain, type: 'float32', shape: dims })
  return plain
}

function blockFilter(c: Blocked, plain: Name, output: string, { dims, block }: FilterLayout): void {
  const [outputs, inputs, kh, kw] = dims as [number, number, number, number]
  const few = inputs < block
  const wide = few
    ? c.reshape(plain, outputs / block, block, inputs, kh, kw)
    : c.reshape(plain, outputs / block, block, inputs / block, block, kh, kw)
  const turned = c.g.op('Transpose', [wide], { perm: few ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1] })
  c.g.op('Reshape', [turned, c.g.ints(...dims)], {}, { outputs: [output] })
}
