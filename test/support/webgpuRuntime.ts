import { writeModel } from '../../src/onnx/format/write.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { inGraphLayout } from '../../src/runtime/webgpuLayout.js'
import { inDeclaredTypes } from '../../src/session/host/declaredTypes.js'
import { type Feeds, type RunOptions, type Runtime, runSession } from './runtime.js'

/** Options by which a session refuses to open a graph with a node that the provider would leave to the processor. */
export const onGpuAlone = {
  executionProviders: [inGraphLayout('webgpu')],
  logSeverityLevel: 4,
  extra: { session: { disable_cpu_ep_fallback: '1' } },
} as const

/** Runs a graph on the WebGPU provider of onnxruntime-node, every node of it. */
export async function runWebGpu(graph: Graph, feeds: Feeds, options: RunOptions = {}): Promise<Record<string, Tensor>> {
  const runtime = (await import('onnxruntime-node')) as unknown as Runtime
  return runSession(runtime, writeModel(graph), inDeclaredTypes(feeds, graph.inputs), onGpuAlone as never, options)
}
