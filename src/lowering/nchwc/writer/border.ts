import { type Node, valuesReadBy } from '../../../onnx/graph/graph.js'
import type { Name } from '../layout/dims.js'
import { blockedOrder, plainOrder } from '../ops/filterOrder.js'
import type { BlockedWriter } from './BlockedWriter.js'

/**
 * Writes a node that is in the standard layout by `write`: its inputs are converted to it, a blocked filter is
 * reordered first, and the gradient of such a filter is reordered to the blocked layout after it.
 */
export function writeAtBorder(node: Node, c: BlockedWriter, write: (node: Node) => void): void {
  const { filters } = c.official
  const inputs = node.inputs.map((input) => (filters.has(input) ? plainFilter(input, c) : input))
  for (const value of [...inputs, ...valuesReadBy(node)]) if (value) c.values.makePlain(value)
  const filter = node.opType === 'ConvGrad' ? filters.get(node.inputs[2]!) : undefined
  const gradient = node.outputs[1]
  if (filter && gradient) {
    const plain = c.g.fresh('plainGradient')
    write({ ...node, inputs, outputs: node.outputs.with(1, plain) })
    blockedOrder(c.ops, plain, filter, gradient)
  } else write({ ...node, inputs })
}

function plainFilter(weight: string, { ops, official }: BlockedWriter): Name {
  const layout = official.filters.get(weight)!
  const plain = plainOrder(ops, weight, layout)
  official.graph.values.set(plain, { name: plain, type: 'float32', shape: layout.dims })
  return plain
}
