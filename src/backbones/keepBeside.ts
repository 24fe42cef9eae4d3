import { GraphBuilder } from '../onnx/builder.js'
import type { Graph, Node } from '../onnx/graph/graph.js'
import { int64 } from '../onnx/graph/tensor.js'
import type { Backbone, Head, KeptClassifier } from './Backbone.js'

/** The names of the tensors of a kept classifier. */
export const KEPT = { weight: 'kept.weight', bias: 'kept.bias' } as const

/** Tells whether a node is a linear layer with the weight of a head. */
export const isLinear = ({ opType, inputs, attributes }: Node, head: Head): boolean =>
  opType === 'Gemm' && inputs[1] === head.weight && attributes.transB?.value === 1

/**
 * Adds a second classifier beside the head of a network. The logarithms of its probabilities of some classes become
 * features of the head, behind the others. The head is linear; the weights of both are left to the caller.
 */
export function keepBeside(
  { graph: old, head }: Pick<Backbone, 'graph' | 'head'>,
  classes: readonly number[],
): { readonly graph: Graph; readonly kept: KeptClassifier } {
  const graph = old.clone()
  const [node, ...after] = graph.nodes.splice(graph.nodes.findIndex((one) => isLinear(one, head)))
  const [features, ...weights] = node!.inputs as [string, ...string[]]
  const g = new GraphBuilder(graph, 'kept/')
  const logits = g.op('Gemm', [features, KEPT.weight, KEPT.bias], { transB: 1 })
  const rows = g.constant(int64([...classes], [classes.length]))
  const known = g.op('Gather', [g.op('LogSoftmax', [logits], { axis: 1 }), rows], { axis: 1 })
  const all = g.op('Concat', [features, known], { axis: 1 })
  graph.nodes.push({ ...node!, inputs: [all, ...weights] }, ...after)
  return { graph, kept: { ...KEPT, classes: [...classes] } }
}
