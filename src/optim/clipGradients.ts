import type { Graph } from '../onnx/graph.js'
import type { Optimizer } from './Optimizer.js'
import { replaceGradients } from './replaceGradients.js'
import { scaled } from './scaleGradients.js'

/**
 * The same optimizer with gradients whose norm, over all parameters together, is at most about `maxNorm`:
 *
 *     g = g * min(1, maxNorm / (norm + 1e-6))
 *
 * as torch.nn.utils.clip_grad_norm_ and the official operator InplaceClipGradNorm compute it.
 */
export function clipGradients(optimizer: Optimizer, maxNorm: number): Optimizer {
  return { ...optimizer, buildGraph: (dims) => clipIn(optimizer.buildGraph(dims), [...dims.keys()], maxNorm) }
}

function clipIn(graph: Graph, parameters: readonly string[], maxNorm: number): Graph {
  return replaceGradients(graph, parameters, (g, gradients) => {
    const squares = gradients.map((gradient) => g.op('ReduceSumSquare', [gradient], { keepdims: 0 }))
    const norm = g.op('Sqrt', [squares.reduce((sum, square) => g.op('Add', [sum, square]))])
    const factor = g.op('Min', [g.scalar(1), g.op('Div', [g.scalar(maxNorm), g.op('Add', [norm, g.scalar(1e-6)])])])
    return gradients.map((gradient) => scaled(g, gradient, factor))
  })
}
