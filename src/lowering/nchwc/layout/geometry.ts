import { intsAttribute, type Node } from '../../../onnx/graph/graph.js'
import type { Blocked } from './Blocked.js'

/** What a 2-D convolution's attributes say; `pads`: top, left, bottom, right. */
export interface Geometry {
  readonly kernel: readonly [number, number]
  readonly stride: number
  readonly pads: readonly [number, number, number, number]
}

export function geometryOf(node: Node, c: Blocked): Geometry | undefined {
  const [kh, kw] = c.layouts.get(node.inputs[node.opType === 'Conv' ? 1 : 2]!)!.dims.slice(2) as [number, number]
  const [sh, sw] = intsAttribute(node, 'strides') ?? [1, 1]
  const pads = (intsAttribute(node, 'pads') ?? [0, 0, 0, 0]) as unknown as Geometry['pads']
  return sh === sw ? { kernel: [kh, kw], stride: sh!, pads } : undefined
}

/** Rows or columns of zeros that the last window wants after the input. Negative: the windows do not reach its end. */
export const reach = (size: number, output: number, kernel: number, stride: number, before: number): number =>
  (output - 1) * stride + kernel - before - size
