import { type LowerOptions, lower } from '../../src/lowering/lower.js'
import { blockedFilters, toBlocked } from '../../src/lowering/nchwc/layout/filters.js'
import { blockOf, knowsShapes } from '../../src/lowering/targets.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, sizeOf, type Tensor } from '../../src/onnx/graph/tensor.js'
import { type Array64, toArray64 } from '../support/float64/Array64.js'
import { values64 } from '../support/float64/evaluate.js'

/**
 * What a training graph puts out when it is lowered for a target and evaluated in float64, on any machine. Filters that
 * the target wants in its own layout, their gradients and their buffers go in and come out in the standard one.
 */
export function lowered64(
  training: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  options: LowerOptions,
): ReadonlyMap<string, Array64> {
  const block = blockOf(options.target)
  const shapes = new Map(
    block || knowsShapes(options.target)
      ? training.inputs.flatMap(({ name }) => (name in feeds ? [[name, feeds[name]!.dims]] : []))
      : [],
  )
  const graph = lower(training, { shapes, ...options })
  const orders = ordersOf(training, block)
  const orderOf = (name: string) => orders.get(name.replace(/(_grad)?(\.accumulation\.buffer)?(\.out)?$/, ''))
  const inputs = graph.inputs.map(({ name }) => [name, turned(toArray64(feeds[name]!), orderOf(name))] as const)
  const values = values64(graph, new Map(inputs), { block: block ?? 16 })
  return new Map(graph.outputs.map(({ name }) => [name, turnedBack(values.get(name)!, orderOf(name))]))
}

/** For each filter that a blocked graph takes in its own layout, which element is where. */
function ordersOf(training: Graph, block: number | undefined): ReadonlyMap<string, Float32Array> {
  const layouts = block ? [...blockedFilters(training, block)] : []
  return new Map(
    layouts.map(([name, layout]) => {
      const places = Float32Array.from({ length: sizeOf(layout.dims) }, (_, i) => i)
      return [name, toBlocked(float32(places, layout.dims), layout).data]
    }),
  )
}

function turned(value: Array64, order: Float32Array | undefined): Array64 {
  return order ? { ...value, data: value.data.map((_, at) => value.data[order[at]!]!) } : value
}

function turnedBack(value: Array64, order: Float32Array | undefined): Array64 {
  if (!order) return value
  const data = new Float64Array(value.data.length)
  for (const [at, place] of order.entries()) data[place] = value.data[at]!
  return { ...value, data }
}
