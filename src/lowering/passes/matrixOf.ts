import type { Graph } from '../../onnx/graph/graph.js'
import { areKnown } from '../portable/support/lowering.js'

/** Returns the rows and columns of a matrix; undefined if a value is something else, or a size is not known. */
export function matrixOf(graph: Graph, value: string | undefined): readonly [number, number] | undefined {
  const shape = value ? graph.info(value)?.shape : undefined
  return shape?.length === 2 && areKnown(shape) ? (shape as readonly [number, number]) : undefined
}
