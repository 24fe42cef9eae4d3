import { type Node, stringAttribute } from './graph/graph.js'

/** Tells whether a GELU is its approximation by tanh: FastGelu of ONNX Runtime, or a form of the standard's Gelu. */
export const isTanhGelu = (node: Node): boolean =>
  node.opType === 'FastGelu' || stringAttribute(node, 'approximate', 'none') === 'tanh'
