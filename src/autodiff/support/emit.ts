import type { Attribute, Node } from '../../onnx/graph/graph.js'
import type { GradientContext } from './rule.js'

/** Adds a gradient node that has all or some of the attributes of its forward node. */
export function emit(
  c: GradientContext,
  opType: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
  options: { domain?: string; outputs?: readonly string[] } = {},
): string[] {
  const outputs = [...(options.outputs ?? [c.g.fresh(opType)])]
  const node: Node = {
    name: outputs[0] ?? opType,
    opType,
    domain: options.domain ?? '',
    inputs: [...inputs],
    outputs,
    attributes: { ...attributes },
  }
  c.g.graph.nodes.push(node)
  return outputs
}
