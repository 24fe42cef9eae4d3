import { type Graph, valuesReadBy } from '../../onnx/graph/graph.js'
import { NUMERIC_ARRAYS, type NumericType, sizeOf } from '../../onnx/graph/tensor.js'

/**
 * Returns the peak of the bytes of values computed by the nodes, when nodes run in their order and a value is freed
 * after the last node that reads it. Values of unknown shape count as nothing.
 *
 * @param isCounted tells which values count
 */
export function liveBytes(graph: Graph, isCounted: (value: string) => boolean): number {
  const lastReaders = new Map<string, number>()
  for (const [i, node] of graph.nodes.entries()) for (const value of valuesReadBy(node)) lastReaders.set(value, i)
  for (const { name } of graph.outputs) lastReaders.set(name, graph.nodes.length)
  const going = graph.nodes.map((): string[] => [])
  for (const [i, { outputs }] of graph.nodes.entries())
    for (const value of outputs) going[lastReaders.get(value) ?? i]?.push(value)
  const bytes = (values: readonly string[]): number =>
    values.filter(isCounted).reduce((sum, value) => sum + bytesOf(graph, value), 0)
  let [live, most] = [0, 0]
  for (const [i, { outputs }] of graph.nodes.entries()) {
    live += bytes(outputs)
    most = Math.max(most, live)
    live -= bytes(going[i]!)
  }
  return most
}

function bytesOf(graph: Graph, value: string): number {
  const { type = 'float32', shape } = graph.info(value) ?? {}
  if (!shape?.every((dim) => typeof dim === 'number')) return 0
  return sizeOf(shape as readonly number[]) * NUMERIC_ARRAYS[type as NumericType].BYTES_PER_ELEMENT
}
