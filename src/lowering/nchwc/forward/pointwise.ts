import type { Node } from '../../../onnx/graph/graph.js'
import type { Name } from '../layout/dims.js'
import { mapsOf, pointwiseOperators, scaledMaps } from '../layout/pointwise.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import type { BlockedRule } from '../writer/rule.js'

/** The blocked forms of operators on each value alone: the operators themselves. */
export const pointwise: readonly BlockedRule[] = pointwiseOperators.map((operator) => ({
  operator,
  write(node, c) {
    const y = node.outputs[0]!
    const maps = mapsOf(node, c.official)
    if (!maps) {
      writeScaledMaps(node, c)
      return
    }
    if (c.plan.fusions.get(node)?.kind === 'product') {
      const factors = node.inputs.map((input) => c.values.whole(input)) as [Name, Name]
      c.values.set(y, { kind: 'product', factors })
      return
    }
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
  },
}))

/** Writes a depthwise convolution of single pixels over the maps of all samples. */
function writeScaledMaps(node: Node, c: BlockedWriter): void {
  const { ops } = c
  const { map, factors } = scaledMaps(node, c.official)!
  const [n, channels, h, w] = c.official.dims4(map)
  c.values.makePlain(factors)
  const maps = n * channels
  const tensors = { x: ops.reshape(c.values.whole(map), 1, maps, h, w), w: ops.reshape(factors, maps, 1, 1, 1) }
  const scaled = ops.conv(tensors, { kernel_shape: [1, 1], group: maps })
  c.values.set(node.outputs[0]!, { kind: 'tensors', parts: [ops.reshape(scaled, n, channels, h, w)] })
}
