import type { Pass } from './pass.js'

/**
 * The conversion of inputs with a known value to initializers. ONNX Runtime then folds the nodes that depend on them
 * alone, frozen batch norm into the convolution before it, and keeps constant weights in its blocked layout.
 */
export const foldFrozen: Pass = {
  name: 'foldFrozen',
  apply(graph, { constants }) {
    for (const { name } of graph.inputs) {
      const value = constants.get(name)
      if (value) graph.initializers.set(name, value)
    }
    graph.inputs = graph.inputs.filter(({ name }) => !constants.has(name))
    return graph
  },
}
