import { type Attribute, intsAttribute, type Node, stringAttribute } from '../../onnx/graph/graph.js'
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
  if (mode === 'VALID') return [...kernel, ...kernel].fill(0)
  const size = c.staticShape(c.node.inputs[0]!, 2)
  const strides = intsAttribute(c.node, 'strides') ?? []
  const dilations = intsAttribute(c.node, 'dilations') ?? []
  const total = kernel.map((extent, axis) => {
    const stride = strides[axis] ?? 1
    const reach = (extent - 1) * (dilations[axis] ?? 1) + 1
    return Math.max((Math.ceil(size[axis]! / stride) - 1) * stride + reach - size[axis]!, 0)
  })
  const less = total.map((pad) => Math.floor(pad / 2))
  const more = total.map((pad) => Math.ceil(pad / 2))
  return mode === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less]
}
