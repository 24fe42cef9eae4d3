import { type LowerOptions, lower } from '../../../src/lowering/lower.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import type { Tensor } from '../../../src/onnx/graph/tensor.js'
import { expectAllClose } from '../../support/compare.js'
import { runOfficial } from '../../support/officialRuntime.js'
import type { Feeds } from '../../support/runtime.js'
import { runWebGpu } from '../../support/webgpuRuntime.js'

type Run = (graph: Graph, feeds: Feeds) => Promise<Record<string, Tensor>>

const waiting = new WeakMap<Graph, Partial<LowerOptions>>()

/** Marks graphs that `onGpu` lowers as soon as it knows the shapes of their feeds. */
export const lowered =
  (options: Partial<LowerOptions> = {}) =>
  (graph: Graph): Graph => {
    waiting.set(graph, options)
    return graph
  }

/** Runs a marked graph on the GPU, any other where it ran before. */
export const onGpu =
  (elsewhere: Run): Run =>
  (graph, feeds) => {
    const options = waiting.get(graph)
    return options ? lowerAndRun(graph, feeds, options) : elsewhere(graph, feeds)
  }

/** Microsoft's kernels against the GPU, by output name. */
export async function expectSame(
  graph: Graph,
  feeds: Feeds,
  options: Partial<LowerOptions> = {},
  tolerance = 1e-5,
): Promise<void> {
  expectAllClose(await lowerAndRun(graph, feeds, options), await runOfficial(graph, feeds), tolerance)
}

function lowerAndRun(graph: Graph, feeds: Feeds, options: Partial<LowerOptions>): Promise<Record<string, Tensor>> {
  const constants = knownShapes(graph, feeds)
  const taken = graph.inputs.filter(({ name }) => feeds[name])
  const shapes = new Map(taken.map(({ name }) => [name, feeds[name]!.dims] as const))
  return runWebGpu(lower(graph, { constants, ...options, target: 'webgpu', shapes }), feeds)
}

/** The shapes that a gradient takes as an input: in a training graph they are those of its own values. */
function knownShapes(graph: Graph, feeds: Feeds): ReadonlyMap<string, Tensor> {
  const place = new Map([['GatherElementsGrad', 1]]).set('GatherGrad', 0)
  const names = graph.nodes.flatMap(({ opType, inputs }) => inputs[place.get(opType) ?? -1] ?? [])
  return new Map(names.map((name) => [name, feeds[name]!]))
}
