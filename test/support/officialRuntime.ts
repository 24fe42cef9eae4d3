import type * as Ort from 'onnxruntime-common'
import { writeModel } from '../../src/onnx/format/write.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { type Feeds, type RunOptions, runSession } from './runtime.js'

/** What Microsoft's training build offers beyond an InferenceSession. */
export interface TrainingBuild extends Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'> {
  readonly TrainingSession: unknown
}

let build: Promise<TrainingBuild> | undefined

/**
 * Microsoft's last training build for JavaScript (onnxruntime-web 1.19.2), on one thread. Its package exports hide the
 * file from Node, so it is imported by its path.
 */
export function officialRuntime(): Promise<TrainingBuild> {
  build ??= load()
  return build
}

/** Runs a graph, training operators included, on Microsoft's own kernels. */
export async function runOfficial(
  graph: Graph,
  feeds: Feeds,
  options: RunOptions = {},
): Promise<Record<string, Tensor>> {
  return runSession(
    await officialRuntime(),
    writeModel(graph),
    feeds,
    { executionProviders: ['wasm'], logSeverityLevel: 3 },
    options,
  )
}

async function load(): Promise<TrainingBuild> {
  const path = new URL('../../node_modules/onnxruntime-training/dist/ort.training.wasm.mjs', import.meta.url)
  const runtime = (await import(/* @vite-ignore */ path.href)) as TrainingBuild
  runtime.env.wasm.numThreads = 1
  runtime.env.logLevel = 'error'
  return runtime
}
