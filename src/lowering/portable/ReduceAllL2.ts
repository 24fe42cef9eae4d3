import { MS } from '../../onnx/graph/graph.js'
import type { Lowering } from './support/lowering.js'
import { total } from './support/reduce.js'

/** The root of the sum of the squares of all elements of all inputs: the norm of a gradient. */
export const ReduceAllL2: Lowering = {
  operator: `${MS}:ReduceAllL2`,
  lower(node, c) {
    const squares = node.inputs.map((input) => c.g.op('ReduceSumSquare', [input], { keepdims: 0 }))
    c.define(node.outputs[0]!, 'Sqrt', [total(c.g, squares)])
  },
}
