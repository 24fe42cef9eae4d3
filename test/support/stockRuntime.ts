import { importRuntime } from '#platform'
import { writeModel } from '../../src/onnx/format/write.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { type Feeds, type RunOptions, runSession } from './runtime.js'
import { where } from './where.js'

/** Runs a graph on stock ONNX Runtime 1.30, which has no training operator. */
export const runStock = (graph: Graph, feeds: Feeds, options: RunOptions = {}): Promise<Record<string, Tensor>> =>
  runOn(where.runtimes[0], graph, feeds, options)

/** `runStock` on a runtime of one's choice among those of this project. */
export async function runOn(
  name: RuntimeName,
  graph: Graph,
  feeds: Feeds,
  options: RunOptions = {},
): Promise<Record<string, Tensor>> {
  const runtime = await importRuntime(name)
  const isNode = name === 'onnxruntime-node'
  if (!isNode) runtime.env.wasm.numThreads = where.threads
  const defaults = {
    executionProviders: where.executionProviders ?? [isNode ? 'cpu' : 'wasm'],
    logSeverityLevel: 3,
    ...(isNode && { intraOpNumThreads: where.threads, interOpNumThreads: 1 }),
  } as const
  return runSession(runtime, writeModel(graph), feeds, defaults, options)
}
