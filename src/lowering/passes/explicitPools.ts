import { type Attribute, type Graph, intAttribute, intsAttribute, type Node } from '../../onnx/graph/graph.js'
import { hasCeilMode, outputSize, overhang, windowOf } from '../../onnx/graph/window.js'
import { areKnown } from '../portable/support/lowering.js'
import type { Pass } from './pass.js'

/**
 * The conversion of pools to explicit padding, if sizes are known. ONNX Runtime 1.30 handles two implicit forms
 * incorrectly: before operator set 22 it infers one window too many from ceil_mode if the last would begin after the
 * end of the input, and rejects or truncates the nodes that follow; and auto_pad SAME of a window smaller than its
 * stride becomes negative padding.
 */
export const explicitPools: Pass = {
  name: 'explicitPools',
  required: true,
  apply(graph) {
    graph.nodes = graph.nodes.map((node) => (isPool(node) ? withPads(node, graph) : node))
    return graph
  },
}

const isPool = ({ domain, opType, attributes }: Node): boolean =>
  domain === '' &&
  (opType === 'MaxPool' || opType === 'AveragePool') &&
  (attributes.ceil_mode !== undefined || attributes.auto_pad !== undefined)

function withPads(node: Node, graph: Graph): Node {
  const sizes = graph.info(node.inputs[0]!)?.shape?.slice(2)
  const kernel = intsAttribute(node, 'kernel_shape')
  if (!sizes || !kernel || !areKnown(sizes)) return node
  const window = windowOf(node, kernel, sizes)
  // The padding after the input that the last window reaches into; negative if it ends before.
  const reached = window.map((axis, i) => overhang(sizes[i]!, outputSize(sizes[i]!, axis, hasCeilMode(node)), axis))
  const ends = reached.map((end, i) => Math.max(end, window[i]!.padEnd))
  // The overhang is not counted even if padding is.
  const countsMore = intAttribute(node, 'count_include_pad', 0) === 1 && ends.some((end, i) => end > window[i]!.padEnd)
  // ONNX Runtime accepts no padding as large as the kernel.
  const isAllowed = (end: number, i: number) => end < kernel[i]!
  const { ceil_mode, auto_pad: _, ...attributes } = node.attributes
  const padded = (last: readonly number[]): Record<string, Attribute> => ({
    ...attributes,
    pads: { type: 'ints', value: [...window.map(({ padBegin }) => padBegin), ...last] },
  })
  if (!countsMore && ends.every(isAllowed)) return { ...node, attributes: padded(ends) }
  // A dilated window may overhang by more. Rounding up is correct if the other windows end with the padding.
  if (!ceil_mode || countsMore || reached.some((end) => end < 0)) return node
  const snug = reached.map((end, i) => (isAllowed(end, i) ? end : window[i]!.padEnd))
  return { ...node, attributes: { ...padded(snug), ceil_mode } }
}
