import type { GraphBuilder } from '../onnx/builder.js'
import type { Optimizer } from './Optimizer.js'
import { replaceGradients } from './replaceGradients.js'
import { scaled } from './scaleGradients.js'

/** The limits of gradients. */
export interface GradientLimits {
  /** The limit of each value: g = min(max(g, -value), value), as torch.nn.utils.clip_grad_value_. Default: none. */
  readonly value?: number | undefined
  /**
   * The limit of the norm of all gradients together: g = g * min(1, norm / (|g| + 1e-6)), as
   * torch.nn.utils.clip_grad_norm_ and the official operator InplaceClipGradNorm. Default: none.
   */
  readonly norm?: number | undefined
}

/** Returns the same optimizer with clipped gradients: first each value, then the norm. */
export function clipGradients(optimizer: Optimizer, { value, norm }: GradientLimits): Optimizer {
  return {
    ...optimizer,
    buildGraph: (dims) =>
      replaceGradients(optimizer.buildGraph(dims), [...dims.keys()], (g, gradients) => {
        const limited = value === undefined ? gradients : gradients.map((gradient) => clipped(g, gradient, value))
        return norm === undefined ? limited : ofNorm(g, limited, gradients, norm)
      }),
  }
}

const clipped = (g: GraphBuilder, gradient: string, value: number): string =>
  g.op('Clip', [gradient, g.scalar(-value), g.scalar(value)])

/** Adds the limit of the norm. @param inputs the original gradients, whose shapes are known */
function ofNorm(g: GraphBuilder, gradients: readonly string[], inputs: readonly string[], most: number): string[] {
  const squares = gradients.map((gradient) => g.op('ReduceSumSquare', [gradient], { keepdims: 0 }))
  const norm = g.op('Sqrt', [squares.reduce((sum, square) => g.op('Add', [sum, square]))])
  const factor = g.op('Min', [g.scalar(1), g.op('Div', [g.scalar(most), g.op('Add', [norm, g.scalar(1e-6)])])])
  const shapeOf = (i: number) => g.graph.info(inputs[i]!)?.shape as readonly number[]
  return gradients.map((gradient, i) => scaled(g, gradient, factor, shapeOf(i)))
}
