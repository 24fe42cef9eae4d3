import { type Node, valuesReadBy } from '../../../onnx/graph/graph.js'
import type { Dims, Name } from '../layout/dims.js'
import type { FilterLayout } from '../layout/filters.js'
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
    blockFilter(plain, gradient, filter, c)
  } else write({ ...node, inputs })
}

function plainFilter(weight: string, c: BlockedWriter): Name {
  const { g, ops, official } = c
  const { dims, block } = official.filters.get(weight)!
  const [outputs, inputs, kh, kw] = dims as unknown as Dims
  const isFirst = inputs < block
  const wide = isFirst
    ? ops.reshape(weight, outputs / block, inputs, kh, kw, block)
    : ops.reshape(weight, outputs / block, inputs / block, kh, kw, block, block)
  const transposed = g.op('Transpose', [wide], { perm: isFirst ? [0, 4, 1, 2, 3] : [0, 5, 1, 4, 2, 3] })
  const plain = ops.reshape(transposed, outputs, inputs, kh, kw)
  official.graph.values.set(plain, { name: plain, type: 'float32', shape: dims })
  return plain
}

function blockFilter(plain: Name, output: string, { dims, block }: FilterLayout, { g, ops }: BlockedWriter): void {
  const [outputs, inputs, kh, kw] = dims as unknown as Dims
  const isFirst = inputs < block
  const wide = isFirst
    ? ops.reshape(plain, outputs / block, block, inputs, kh, kw)
    : ops.reshape(plain, outputs / block, block, inputs / block, block, kh, kw)
  const transposed = g.op('Transpose', [wide], { perm: isFirst ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1] })
  g.op('Reshape', [transposed, g.ints(...dims)], {}, { outputs: [output] })
}
