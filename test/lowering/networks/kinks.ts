import { intsAttribute, type Node } from '../../../src/onnx/graph/graph.js'
import { sizeOf } from '../../support/float64/Array64.js'
import type { Values } from '../../support/float64/evaluate.js'
import { windowsOf } from '../../support/float64/windows.js'

/**
 * How near the input of a node comes to a place where its slope jumps; undefined for a node without one. A value that is
 * exactly there does not count: it is a copy, or the zero of a ReLU before, and rounding does not move it.
 */
export function marginOf(node: Node, values: Values): number | undefined {
  const { data } = values.get(node.inputs[0]!) ?? { data: new Float64Array() }
  const from = (place: number) =>
    data.reduce((least, value) => (value === place ? least : Math.min(least, Math.abs(value - place))), Infinity)
  if (node.opType === 'Relu' || node.opType === 'LeakyRelu') return from(0)
  if (node.opType === 'Clip') return Math.min(...node.inputs.slice(1).map((limit) => from(values.get(limit)!.data[0]!)))
  return node.opType === 'MaxPool' ? gapOf(node, values) : undefined
}

/** The least difference between the largest and the second largest value of a window. */
function gapOf(node: Node, values: Values): number {
  const { dims, data } = values.get(node.inputs[0]!)!
  const { outputs, inputs, taps, out } = windowsOf(node, dims.slice(2), intsAttribute(node, 'kernel_shape')!)
  const size = sizeOf(dims.slice(2))
  let least = Infinity
  for (let map = 0; map < dims[0]! * dims[1]!; map++) {
    const first = new Float64Array(sizeOf(out)).fill(-Infinity)
    const second = first.slice()
    for (let i = 0; i < taps.length; i++) {
      const [at, value] = [outputs[i]!, data[map * size + inputs[i]!]!]
      if (value > first[at]!) [first[at], second[at]] = [value, first[at]!]
      else if (value < first[at]! && value > second[at]!) second[at] = value
    }
    for (const [at, value] of first.entries()) least = Math.min(least, value - second[at]!)
  }
  return least
}
