import { type Graph, indexGraph, type Node, valuesReadBy } from '../../../onnx/graph/graph.js'
import type { Region } from './findRegions.js'
import { readsRows } from './rowWise.js'

/**
 * Returns the nodes of a region by the stage in which they can be computed a strip after the other: a later stage needs
 * whole values that depend on an earlier one, as the backward pass needs the loss.
 */
export function stagesOf(graph: Graph, { nodes }: Region): (readonly Node[])[] {
  const { producer } = indexGraph(graph)
  // Those of the region have odd numbers, the others even ones.
  const numbers = new Map<Node, number>()
  const stages: Node[][] = []
  for (const node of graph.nodes) {
    const way = nodes.get(node)
    let number = way ? 1 : 0
    for (const value of valuesReadBy(node)) {
      const maker = producer.get(value)
      if (!maker) continue
      const made = numbers.get(maker)!
      const comesInStrips = nodes.get(maker)?.made.some((place) => maker.outputs[place] === value)
      const staysInStrips = comesInStrips && way && readsRows(node, way, value)
      const whole = made + (made % 2)
      number = Math.max(number, staysInStrips ? made : whole + (way ? 1 : 0))
    }
    numbers.set(node, number)
    if (way) stages[number] = [...(stages[number] ?? []), node]
  }
  return stages.filter((stage) => stage !== undefined)
}
