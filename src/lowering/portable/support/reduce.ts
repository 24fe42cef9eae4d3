import type { GraphBuilder } from '../../../onnx/builder.js'

/** Adds the mean over some axes, which stay with size 1. */
export function meanOver(g: GraphBuilder, x: string, axes: readonly number[]): string {
  return g.op('ReduceMean', [x, g.ints(...axes)], { keepdims: 1 })
}

/** Adds the sum over some axes, which are removed. `output` names the result. */
export function sumOver(g: GraphBuilder, x: string, axes: readonly number[], output?: string): string {
  return g.op('ReduceSum', [x, g.ints(...axes)], { keepdims: 0 }, output ? { outputs: [output] } : {})
}

/** Adds the sum of several values of one shape. */
export function total(g: GraphBuilder, values: readonly string[]): string {
  return values.reduce((sum, value) => g.op('Add', [sum, value]))
}

/** Adds the number of elements as a float32 scalar. */
export function countOf(g: GraphBuilder, x: string): string {
  return g.op('Cast', [g.op('Size', [x])], { to: FLOAT })
}

/** ONNX's codes of element types. */
export const FLOAT = 1
export const INT64 = 7
