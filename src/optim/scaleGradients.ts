import type { GraphBuilder } from '../onnx/builder.js'
import type { Graph } from '../onnx/graph/graph.js'
import { replaceGradients } from './replaceGradients.js'
import { isBestAsVector } from './updateGraph.js'

/** The input, a float32 scalar, that gradients are multiplied by. */
export const GRADIENT_SCALE = 'gradient_scale'

/** Returns an optimizer's graph in which every gradient is first multiplied by the input `GRADIENT_SCALE`. */
export function scaleGradients(optimizer: Graph, parameters: readonly string[]): Graph {
  return replaceGradients(optimizer, parameters, (g, gradients) => {
    g.input(GRADIENT_SCALE, 'float32', [])
    const shapeOf = (gradient: string) => g.graph.info(gradient)?.shape as readonly number[]
    return gradients.map((gradient) => scaled(g, gradient, GRADIENT_SCALE, shapeOf(gradient)))
  })
}

/** Adds a value of known shape, multiplied by a scalar. */
export function scaled(g: GraphBuilder, value: string, factor: string, shape: readonly number[]): string {
  if (!isBestAsVector(shape)) return g.op('Mul', [value, factor])
  const vector = g.op('Mul', [g.op('Reshape', [value, g.ints(-1)]), factor])
  return g.op('Reshape', [vector, g.ints(...shape)])
}
