import type { Node } from '../../../onnx/graph/graph.js'
import type { Name } from '../layout/dims.js'
import { limitsOf, mapsOf, pointwiseOperators, scaledMaps } from '../layout/pointwise.js'
import { affine, maskByClip } from '../ops/elementwise.js'
import type { ClipGradient } from '../plan/clipGradient.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import type { BlockedRule } from '../writer/rule.js'
import { affineMaps } from './affineMaps.js'

/** The blocked forms of operators on each value alone: the operators themselves. */
export const pointwise: readonly BlockedRule[] = pointwiseOperators.map((operator) => ({
  operator,
  write(node, c) {
    const fusion = c.plan.fusions.get(node)
    const maps = mapsOf(node, c.official)
    if (!maps) writeScaledMaps(node, c)
    else if (fusion?.kind === 'product') writeProduct(node, c)
    else if (fusion?.kind === 'activation') writeClippedNorm(node, c)
    else if (fusion?.kind === 'Clip gradient') writeClipGradient(node, fusion, c)
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

/** Writes Clip into the pass that applies batch norm. */
function writeClippedNorm(node: Node, c: BlockedWriter): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!]
  const value = c.values.get(x)
  const activation = { activation: 'Clip', activation_params: limitsOf(node, c.official)! } as const
  const parts = value?.kind === 'affine' ? value.parts : []
  const channels = c.official.dims4(x)[1]
  c.values.set(y, { kind: 'tensors', parts: parts.map((part) => affine(c.ops, part, channels, activation)) })
}

function writeClipGradient({ outputs: [dx] }: Node, { dy, y, limits }: ClipGradient, c: BlockedWriter): void {
  const gradients = c.values.partsLike(dy, y)
  const results = c.values.partsLike(y, dy)
  const channels = c.official.dims4(y)[1]
  const parts = gradients.map((gradient, part) => maskByClip(c.ops, gradient, results[part]!, limits, channels))
  c.values.set(dx!, { kind: 'tensors', parts })
}

/** Writes a product with factors for samples, maps or channels. */
function writeScaledMaps(node: Node, c: BlockedWriter): void {
  const scaled = scaledMaps(node, c.official)!
  const { map, factors } = scaled
  const isForSamples = c.official.dims(factors).at(-3) === 1
  const part = isForSamples ? productForSamples(map, factors, c) : affineMaps(scaled, c)
  c.values.set(node.outputs[0]!, { kind: 'tensors', parts: [part] })
}

function productForSamples(map: string, factors: string, { ops, values }: BlockedWriter): Name {
  values.makePlain(factors)
  return ops.mul(values.whole(map), factors)
}
