import type { Node } from '../../../onnx/graph/graph.js'
import type { Name } from '../layout/dims.js'
import { limitsOf, mapsOf, pointwiseOperators, scaledMaps } from '../layout/pointwise.js'
import { affine } from '../ops/elementwise.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import type { BlockedRule } from '../writer/rule.js'

/** The blocked forms of operators on each value alone: the operators themselves. */
export const pointwise: readonly BlockedRule[] = pointwiseOperators.map((operator) => ({
  operator,
  write(node, c) {
    const fusion = c.plan.fusions.get(node)?.kind
    const maps = mapsOf(node, c.official)
    if (!maps) writeScaledMaps(node, c)
    else if (fusion === 'product') writeProduct(node, c)
    else if (fusion === 'activation') writeClippedNorm(node, c)
    else writeParts(node, maps, c)
  },
}))

/** Writes the operator itself, for each part of its feature maps. */
function writeParts(node: Node, maps: readonly string[], c: BlockedWriter): void {
  const y = node.outputs[0]!
  for (const input of node.inputs) if (!maps.includes(input)) c.values.makePlain(input)
  const count = c.plan.layout.values.get(y) === 'phases' ? 4 : 1
  const parts = Array.from({ length: count }, (_, part) => {
    const partOf = (input: string) => (count === 1 ? c.values.whole(input) : c.values.parts(input)[part]!)
    const inputs = node.inputs.map((input) => (maps.includes(input) ? partOf(input) : input))
    const name = c.g.fresh(node.opType)
    c.g.graph.nodes.push({ ...node, name, inputs, outputs: [name] })
    return name
  })
  c.values.set(y, { kind: 'tensors', parts })
}

function writeProduct({ inputs, outputs: [y] }: Node, c: BlockedWriter): void {
  const factors = inputs.map((input) => c.values.whole(input)) as [Name, Name]
  c.values.set(y!, { kind: 'product', factors })
}

/** Writes Clip into the pass that applies batch norm. That of its gradient, which compares x, is another. */
function writeClippedNorm(node: Node, c: BlockedWriter): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!]
  const value = c.values.get(x)
  const activation = { activation: 'Clip', activation_params: limitsOf(node, c.official)! } as const
  const parts = value?.kind === 'affine' ? value.parts : []
  const channels = c.official.dims4(x)[1]
  c.values.set(y, { kind: 'tensors', parts: parts.map((part) => affine(c.ops, part, channels, activation)) })
}

/** Writes a product for each sample, or a depthwise convolution of single pixels over the maps of all samples. */
function writeScaledMaps(node: Node, c: BlockedWriter): void {
  const { ops } = c
  const { map, factors } = scaledMaps(node, c.official)!
  const [n, channels, h, w] = c.official.dims4(map)
  c.values.makePlain(factors)
  if (c.official.dims(factors)[1] === 1) {
    c.values.set(node.outputs[0]!, { kind: 'tensors', parts: [ops.mul(c.values.whole(map), factors)] })
    return
  }
  const maps = n * channels
  const tensors = { x: ops.reshape(c.values.whole(map), 1, maps, h, w), w: ops.reshape(factors, maps, 1, 1, 1) }
  const scaled = ops.conv(tensors, { kernel_shape: [1, 1], group: maps })
  c.values.set(node.outputs[0]!, { kind: 'tensors', parts: [ops.reshape(scaled, n, channels, h, w)] })
}
