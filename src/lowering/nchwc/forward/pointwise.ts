import { mapsOf, pointwiseOperators } from '../layout/pointwise.js'
import type { BlockedRule } from '../writer/rule.js'

/** The blocked forms of operators on each value alone: the operators themselves. */
export const pointwise: readonly BlockedRule[] = pointwiseOperators.map((operator) => ({
  operator,
  write(node, c) {
    const y = node.outputs[0]!
    const maps = mapsOf(node, c.official)!
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
