import type { Node } from '../../../src/onnx/graph/graph.js'
import { seededRandom } from '../../../src/random.js'
import { type Array64, toArray64 } from '../../support/float64/Array64.js'
import { evaluate64, type Values } from '../../support/float64/evaluate.js'
import type { Network } from './build.js'
import { lossGraph, type Reference, type Step } from './Reference.js'

/** The official gradients against the slope of the loss along a random direction in the space of all parameters. */
export function expectSlopes({ graph, requiresGrad }: Network, step: Step, reference: Reference): void {
  const forward = lossGraph(graph, step.training)
  const start: Values = new Map(
    [...forward.initializers, ...Object.entries(step.feeds)].map(([name, tensor]) => [name, toArray64(tensor)]),
  )
  const source = seededRandom('direction', requiresGrad.length)
  const directions = new Map(requiresGrad.map((name) => [name, start.get(name)!.data.map(() => source.normal())]))
  const lossAt = (distance: number) => {
    const moved = new Map(start)
    for (const [name, direction] of directions) {
      const { dims, data } = start.get(name)!
      moved.set(name, { dims, data: data.map((value, i) => value + distance * direction[i]!) })
    }
    return evaluate64(forward, step.loss, moved, trainsIn(graph.nodes, requiresGrad)).data[0]!
  }
  const slopeOver = (distance: number) => (lossAt(distance) - lossAt(-distance)) / (2 * distance)
  const products = requiresGrad.map((name) => dot(directions.get(name)!, reference.gradient(name)))
  const expected = products.reduce((a, b) => a + b)
  const size = Math.hypot(...products) + 1e-5
  // Over a bend, a difference says nothing; a shorter one may not reach it.
  const errors: number[] = []
  for (const distance of [1e-5, 1e-6, 1e-7]) {
    errors.push(Math.abs(slopeOver(distance) - expected) / size)
    if (errors.at(-1)! < 1e-4) return
  }
  throw new Error(`slope along a direction: ${expected}, by differences off by ${errors} (relative)`)
}

const dot = (direction: Float64Array, { data }: Array64): number =>
  direction.reduce((sum, value, i) => sum + value * data[i]!, 0)

/** A batch norm is trained where its scale or its bias is, by way of an Identity too. */
function trainsIn(nodes: readonly Node[], trainable: readonly string[]): (node: Node) => boolean {
  const copies = new Map(
    nodes.filter(({ opType }) => opType === 'Identity').map((node) => [node.outputs[0]!, node.inputs[0]!]),
  )
  return ({ inputs }) => inputs.slice(1, 3).some((name) => trainable.includes(copies.get(name) ?? name))
}
