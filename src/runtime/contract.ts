import type { Tensor } from '../onnx/graph/tensor.js'
import type { ExecutionProvider, RuntimeName } from '../platform/runtimes.js'
import type { Value } from './DeviceTensor.js'

export interface RuntimeSettings {
  /** Passed to ONNX Runtime unchanged, in order of preference. Without any, the CPU computes. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
}

/** The interface to ONNX Runtime: the same for onnxruntime-node and onnxruntime-web. */
export interface Runtime {
  readonly name: RuntimeName
  /** The execution provider that comes first: `cpu`, `wasm`, `webgpu`. */
  readonly provider: string
  /** True if only the CPU computes. */
  readonly onCpu: boolean
  /** True if results are computed in memory that `run` provides. */
  readonly fillsMemory: boolean
  /** True if results can stay in the memory of the device, for later runs. */
  readonly keepsOnDevice: boolean
  /** The name of the device, if the runtime tells it; known once a session is open. */
  readonly adapter: string | undefined
  /**
   * Opens a model; `label` names it in errors.
   *
   * @param kept the outputs that stay on the device
   */
  createSession(model: Uint8Array, label: string): Promise<RuntimeSession>
  createSession(model: Uint8Array, label: string, kept: readonly string[]): Promise<RuntimeSession<Value>>
  /** Returns the runtime of the same package that computes on the processor. */
  onProcessor(): Runtime
}

export interface RuntimeSession<Result extends Value = Tensor> {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /**
   * Computes the outputs that are keys of `fetches`. A tensor there is memory for the result (it must have its type and
   * shape); `null` asks for new memory. The result has each output.
   */
  run(
    feeds: Readonly<Record<string, Value>>,
    fetches: Readonly<Record<string, Tensor | null>>,
  ): Promise<Record<string, Result>>
  release(): Promise<void>
}
