import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { officialRuntime } from '../support/officialRuntime.js'

/** As much of the official TrainingSession as the tests use. */
export interface OfficialSession {
  readonly trainingInputNames: readonly string[]
  readonly trainingOutputNames: readonly string[]
  runTrainStep(feeds: object): Promise<Record<string, { readonly data: Float32Array }>>
  runEvalStep(feeds: object): Promise<Record<string, { readonly data: Float32Array }>>
  runOptimizerStep(): Promise<void>
  lazyResetGrad(): Promise<void>
  getContiguousParameters(trainableOnly: boolean): Promise<{ readonly data: Float32Array }>
  release(): Promise<void>
}

interface Files {
  readonly checkpointState: Uint8Array
  readonly trainModel: Uint8Array
  readonly evalModel: Uint8Array
  readonly optimizerModel: Uint8Array
}

/** Microsoft's own TrainingSession, on artifacts in memory. */
export async function officialTraining(files: Files): Promise<OfficialSession> {
  const { TrainingSession } = await officialRuntime()
  return (TrainingSession as { create(files: Files, options: object): Promise<OfficialSession> }).create(files, {
    logSeverityLevel: 3,
  })
}

export async function officialFeeds(feeds: Readonly<Record<string, Tensor>>): Promise<object> {
  const { Tensor } = await officialRuntime()
  const entries = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new Tensor(type as 'float32', data as Float32Array, dims),
  ])
  return Object.fromEntries(entries)
}
