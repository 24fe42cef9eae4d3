import { type Attribute, intsAttribute, type Node, stringAttribute } from '../../onnx/graph/graph.js'
import { windowOf } from '../../onnx/graph/window.js'
import type { GradientContext } from './rule.js'

/**
 * Returns the window attributes of a convolution or a pool for its gradient operator, with `auto_pad` resolved to
 * `pads`: the official gradient kernels read only `pads`.
 */
export function explicitPads(c: GradientContext, kernel: readonly number[]): Record<string, Attribute> {
  const attributes = { ...c.node.attributes }
  const mode = stringAttribute(c.node, 'auto_pad', 'NOTSET')
  delete attributes.auto_pad
  if (mode === 'NOTSET') return attributes
  attributes.pads = { type: 'ints', value: padsOf(c, mode, kernel) }
  return attributes
}

/** Returns the kernel shape of a pool. */
export const kernelShape = (node: Node): readonly number[] => intsAttribute(node, 'kernel_shape') ?? []

function padsOf(c: GradientContext, mode: string, kernel: readonly number[]): number[] {
  const sizes = mode === 'VALID' ? [] : c.staticShape(c.node.inputs[0]!, 2)
  const window = windowOf(c.node, kernel, sizes)
  return [...window.map(({ padBegin }) => padBegin), ...window.map(({ padEnd }) => padEnd)]
}
