import { gradientOf } from '../../contract/names.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { inferShapes } from '../../onnx/shapes/inferShapes.js'
import { areKnown } from '../portable/support/lowering.js'
import type { Pass } from './pass.js'

/** The inference of the type and shape of every value, which the lowerings read. */
export const shapes: Pass = {
  name: 'shapes',
  required: true,
  apply(graph) {
    const inferred = inferShapes(graph)
    return describeGradients(inferred) ? inferShapes(inferred) : inferred
  },
}

/**
 * Gives gradients the shapes of their values: that of a pool has the sizes that the graph declares for it, which may be
 * symbols, while those of its value may be known by now. Returns true if that adds information.
 */
function describeGradients(graph: Graph): boolean {
  let isNew = false
  for (const { name } of [...graph.values.values()]) {
    const gradient = graph.values.get(gradientOf(name))
    const shape = graph.info(name)?.shape
    if (!gradient || !shape || !areKnown(shape) || (gradient.shape && areKnown(gradient.shape))) continue
    graph.values.set(gradient.name, { ...gradient, shape })
    isNew = true
  }
  return isNew
}
