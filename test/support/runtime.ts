import type * as Ort from 'onnxruntime-common'
import type { DataType, Tensor } from '../../src/onnx/graph/tensor.js'

export type Runtime = Pick<typeof Ort, 'InferenceSession' | 'Tensor'>
export type Feeds = Readonly<Record<string, Tensor>>

export interface RunOptions {
  /** Names of the outputs to compute. Default: all of them. */
  readonly outputs?: readonly string[]
  /** More session options, such as `graphOptimizationLevel`. */
  readonly session?: Ort.InferenceSession.SessionOptions
}

/** Opens a model on a runtime, runs it once and closes it. Feeds that the model does not take are left out. */
export async function runSession(
  runtime: Runtime,
  model: Uint8Array,
  feeds: Feeds,
  defaults: Ort.InferenceSession.SessionOptions,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const session = await runtime.InferenceSession.create(model, { ...defaults, ...options.session })
  try {
    const taken = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name))
    const inputs = Object.fromEntries(taken.map(([name, tensor]) => [name, toRuntime(runtime, tensor)]))
    const results = await session.run(inputs, options.outputs ?? session.outputNames)
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromRuntime(value as Ort.Tensor)]))
  } finally {
    await session.release()
  }
}

function toRuntime(runtime: Runtime, tensor: Tensor): Ort.Tensor {
  const data = tensor.data as unknown as Ort.Tensor.DataTypeMap['float32']
  return new runtime.Tensor(tensor.type as 'float32', data, tensor.dims)
}

/** A copy: the runtime may free what it returned together with the session. */
function fromRuntime(value: Ort.Tensor): Tensor {
  const data = value.data.slice() as unknown as Tensor['data']
  return { type: value.type as DataType, dims: [...value.dims], data } as Tensor
}
