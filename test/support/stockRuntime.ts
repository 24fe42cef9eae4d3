import { writeModel } from '../../src/onnx/format/write.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { type Feeds, type RunOptions, type Runtime, runSession } from './runtime.js'

/** Runs a graph on stock onnxruntime-node 1.30, which has no training operator, on one thread. */
export async function runStock(graph: Graph, feeds: Feeds, options: RunOptions = {}): Promise<Record<string, Tensor>> {
  const runtime = (await import('onnxruntime-node')) as unknown as Runtime
  const threads = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const
  return runSession(runtime, writeModel(graph), feeds, { executionProviders: ['cpu'], ...threads }, options)
}
