import type { Node } from '../../../onnx/graph/graph.js'
import { correlate } from '../correlation/correlate.js'
import type { Dims, Name } from '../layout/dims.js'
import { type BlockedConvolution, correlatedInput } from '../layout/geometry.js'
import { winogradWeightGradient } from '../winograd/weightGradient.js'
import type { BlockedWriter } from '../writer/BlockedWriter.js'
import { pointwiseWeightGradient } from './pointwiseWeightGradient.js'

/** The gradient dY as factor * u; u is one tensor or its four phases. */
export interface ScaledGradient {
  readonly u: readonly Name[]
  /** The factor of each channel: gamma / sigma of the batch norm after the convolution. It is 1 if omitted. */
  readonly factor?: Name | undefined
}

/** Computes the gradient of a blocked filter, by the algorithm of the plan. */
export function weightGradient(
  node: Node,
  { filter, geometry }: BlockedConvolution,
  { u, factor }: ScaledGradient,
  c: BlockedWriter,
): Name {
  const { ops } = c
  const [dy, x] = node.inputs.map((input) => c.official.dims4(input)) as [Dims, Dims, Dims]
  const [outputs, inputs, kh, kw] = filter.dims as unknown as Dims
  const { algorithm, units } = c.plan.algorithms.weightGradients.get(node)!
  const tensors = [
    { name: inputOf(node, c), channels: inputs, ...correlatedInput(geometry, x, dy)! },
    { name: u[0]!, dims: dy },
  ] as const
  const [o, i] = [outputs / ops.block, inputs / ops.block]
  const inOrder = (sum: Name) => {
    const wide = ops.reshape(sum, i, o, kh, kw, ops.block, ops.block)
    return c.g.op('Transpose', [wide], { perm: [1, 0, 2, 3, 4, 5] })
  }
  const gradients = {
    direct: () => inOrder(correlate(ops, ...tensors, geometry.kernel, units)),
    products: () => pointwiseWeightGradient(ops, ...tensors),
    winograd: () => inOrder(winogradWeightGradient(ops, ...tensors, units)),
  }
  const gradient = gradients[algorithm]()
  return factor ? ops.mul(gradient, ops.reshape(factor, o, 1, 1, 1, 1, ops.block)) : gradient
}

/** Returns the tensor that the convolution read. */
export function inputOf(node: Node, c: BlockedWriter): Name {
  const convolution = c.plan.layout.convolutions.get(node)!
  return c.kept.thinned.get(convolution) ?? c.values.whole(node.inputs[1]!)
}
