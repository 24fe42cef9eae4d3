import type * as Ort from 'onnxruntime-common'
import { defaultRuntimes, importRuntime, parallelism } from '#platform'
import type { DataType, Tensor } from '../onnx/graph/tensor.js'
import type { OrtModule } from '../platform/contract.js'
import type { ExecutionProvider, RuntimeName } from '../platform/runtimes.js'
import { runtimeError } from './errors.js'
import { typedIfOutOfMemory } from './outOfMemory.js'
import { demandSupported } from './runtimeVersion.js'
import { inGraphLayout } from './webgpuLayout.js'

export interface RuntimeSettings {
  /** Passed to ONNX Runtime unchanged, in order of preference. Default: the CPU. */
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
  /** Opens a model; `label` names it in errors. */
  createSession(model: Uint8Array, label: string): Promise<RuntimeSession>
}

export interface RuntimeSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /**
   * Computes the outputs that are keys of `fetches`. A tensor there is memory for the result (it must have its type and
   * shape); `null` asks for new memory. The result has each output.
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Readonly<Record<string, Tensor | null>>,
  ): Promise<Record<string, Tensor>>
  release(): Promise<void>
}

/**
 * Loads ONNX Runtime: the one named, or else the first of `defaultRuntimes` that is installed.
 *
 * @throws FineTuneError 'session/no-runtime' where none can be loaded, 'session/runtime-version' where it is too old
 */
export async function openRuntime(name?: RuntimeName, settings: RuntimeSettings = {}): Promise<Runtime> {
  const runtimes = name === undefined ? defaultRuntimes() : [name]
  const causes: unknown[] = []
  for (const candidate of runtimes) {
    const ort = await importRuntime(candidate).catch((error: unknown) => void causes.push(error))
    if (!ort) continue
    // A newer one elsewhere would be slower, for no visible reason.
    demandSupported(candidate, ort)
    return new OrtRuntime(candidate, ort, settings)
  }
  throw runtimeError('session/no-runtime', { runtimes, problems: causes.map(firstLine) }, { cause: causes[0] })
}

class OrtRuntime implements Runtime {
  /**
   * True if results are computed in given memory: onnxruntime-web accepts it on the CPU, but does not fill it.
   */
  readonly fillsMemory: boolean
  readonly onCpu: boolean
  readonly provider: string
  readonly #options: Ort.InferenceSession.SessionOptions
  readonly #providers: readonly ExecutionProvider[]

  constructor(
    readonly name: RuntimeName,
    readonly ort: OrtModule,
    settings: RuntimeSettings,
  ) {
    const node = name === 'onnxruntime-node'
    this.fillsMemory = node
    const threads = settings.threads ?? parallelism()
    this.#providers = (settings.executionProviders ?? [node ? 'cpu' : 'wasm']).map(inGraphLayout)
    this.provider = nameOf(this.#providers[0]!)
    this.onCpu = this.#providers.every((provider) => ['cpu', 'wasm'].includes(nameOf(provider)))
    // A memory plan for one shape keeps every buffer of a training step alive: it doubles the peak and saves no time.
    const memory = { enableMemPattern: false, intraOpNumThreads: threads, interOpNumThreads: 1 }
    // Each model has its own threads; those that wait for more work would take the processor from the next model.
    const spinning = { extra: { session: { force_spinning_stop: '1' } } }
    this.#options = {
      executionProviders: this.#providers,
      // Its messages are in the error that it throws; printed, they would contain the names in a model unescaped.
      logSeverityLevel: 4,
      ...(node && { ...memory, ...spinning }),
    }
    if (!node) ort.env.wasm.numThreads = globalThis.crossOriginIsolated === false ? 1 : threads
  }

  async createSession(model: Uint8Array, label: string): Promise<RuntimeSession> {
    try {
      const session = await this.ort.InferenceSession.create(model, this.#options)
      return new OrtSession(this, session, label)
    } catch (cause) {
      const facts = { model: label, runtime: this.name, executionProviders: this.#providers.map(nameOf) }
      throw typedIfOutOfMemory(cause, `the ${label} model`, (problem) =>
        runtimeError('session/cannot-open', { ...facts, problem }, { cause }),
      )
    }
  }
}

class OrtSession implements RuntimeSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]

  constructor(
    readonly runtime: OrtRuntime,
    readonly session: Ort.InferenceSession,
    readonly label: string,
  ) {
    this.inputNames = session.inputNames
    this.outputNames = session.outputNames
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Readonly<Record<string, Tensor | null>>,
  ): Promise<Record<string, Tensor>> {
    const inputs = mapValues(feeds, (tensor) => this.#toOrt(tensor))
    const { fillsMemory } = this.runtime
    const outputs = mapValues(fetches, (tensor) => (tensor && fillsMemory ? this.#toOrt(tensor) : null))
    const results = await this.session.run(inputs, outputs).catch((cause: unknown) => {
      const facts = { model: this.label, runtime: this.runtime.name }
      throw typedIfOutOfMemory(cause, `a run of the ${this.label} model`, (problem) =>
        runtimeError('session/run-failed', { ...facts, problem }, { cause }),
      )
    })
    return mapValues(fetches, (tensor, name) => (tensor && fillsMemory ? tensor : fromOrt(results[name]!)))
  }

  async release(): Promise<void> {
    await this.session.release()
  }

  #toOrt({ type, data, dims }: Tensor): Ort.Tensor {
    return new this.runtime.ort.Tensor(type as 'float32', data as Float32Array, dims)
  }
}

function fromOrt({ type, dims, data }: Ort.Tensor): Tensor {
  return { type: type as DataType, dims, data: data as unknown as Tensor['data'] } as Tensor
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!
const nameOf = (provider: ExecutionProvider): string => (typeof provider === 'string' ? provider : provider.name)
