import type * as Ort from 'onnxruntime-common'
import { parallelism } from '#platform'
import type { OrtModule } from '../platform/contract.js'
import { type ExecutionProvider, isProcessor, nameOfProvider, type RuntimeName } from '../platform/runtimes.js'
import type { Runtime, RuntimeSession, RuntimeSettings } from './contract.js'
import type { Value } from './DeviceTensor.js'
import { type GpuDevice, isDeviceLoss, nameOfDevice } from './device.js'
import { runtimeError } from './errors.js'
import { holdDevice } from './holdDevice.js'
import { OrtSession } from './OrtSession.js'
import { typedIfOutOfMemory } from './outOfMemory.js'
import { inGraphLayout } from './webgpuLayout.js'

export class OrtRuntime implements Runtime {
  /**
   * True if results are computed in given memory: onnxruntime-web accepts it on the CPU, but does not fill it.
   */
  readonly fillsMemory: boolean
  readonly onCpu: boolean
  readonly provider: string
  readonly keepsOnDevice: boolean
  readonly #options: Ort.InferenceSession.SessionOptions
  readonly #providers: readonly ExecutionProvider[]
  #adapter: string | undefined
  /** The reason why the device is lost, if it is. A run on its buffers would then end the whole page. */
  #lost: string | undefined

  constructor(
    readonly name: RuntimeName,
    readonly ort: OrtModule,
    private readonly settings: RuntimeSettings,
  ) {
    const node = name === 'onnxruntime-node'
    const threads = settings.threads ?? parallelism()
    const processor = node ? 'cpu' : 'wasm'
    // Each package has a name of its own for it.
    const ownName = (provider: ExecutionProvider) =>
      typeof provider === 'string' && isProcessor(provider) ? processor : provider
    this.#providers = settings.executionProviders?.map(ownName).map(inGraphLayout) ?? [processor]
    this.provider = nameOfProvider(this.#providers[0]!)
    this.onCpu = this.#providers.every(isProcessor)
    this.keepsOnDevice = this.provider === 'webgpu'
    this.fillsMemory = node && !this.keepsOnDevice
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

  get adapter(): string | undefined {
    return this.#adapter
  }

  onProcessor(): Runtime {
    return new OrtRuntime(this.name, this.ort, { threads: this.settings.threads })
  }

  createSession(model: Uint8Array, label: string): Promise<RuntimeSession>
  createSession(model: Uint8Array, label: string, kept: readonly string[]): Promise<RuntimeSession<Value>>
  async createSession(
    model: Uint8Array,
    label: string,
    kept: readonly string[] = [],
  ): Promise<RuntimeSession<Value> & RuntimeSession> {
    this.demandDevice(label)
    const locations = Object.fromEntries(kept.map((name) => [name, 'gpu-buffer' as const]))
    const options = kept.length > 0 ? { ...this.#options, preferredOutputLocation: locations } : this.#options
    try {
      if (this.keepsOnDevice && this.name === 'onnxruntime-web') await holdDevice(this.ort, this.#options)
      const session = await this.ort.InferenceSession.create(model, options)
      if (this.keepsOnDevice && this.#adapter === undefined) await this.#watchDevice()
      return new OrtSession(this, session, label) as RuntimeSession<Value> & RuntimeSession
    } catch (cause) {
      throw this.#cannotOpen(cause, label)
    }
  }

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /** @throws FineTuneError 'session/device-lost' once the device is lost */
  demandDevice(label: string): void {
    if (this.#lost !== undefined) throw this.#deviceLost(this.#lost, label)
  }

  /** Returns the typed error for the failure of a run. */
  failureOf(cause: unknown, label: string): Error {
    return typedIfOutOfMemory(cause, `a run of the ${label} model`, (problem) => {
      if (this.onCpu || !isDeviceLoss(problem))
        return runtimeError('session/run-failed', { model: label, runtime: this.name, problem }, { cause })
      this.#lost ??= problem
      return this.#deviceLost(problem, label, cause)
    })
  }

  #cannotOpen(cause: unknown, label: string): Error {
    const facts = { model: label, runtime: this.name, executionProviders: this.#providers.map(nameOfProvider) }
    return typedIfOutOfMemory(cause, `the ${label} model`, (problem) =>
      runtimeError('session/cannot-open', { ...facts, problem }, { cause }),
    )
  }

  #deviceLost(problem: string, model: string, cause?: unknown): Error {
    const facts = { provider: this.provider, runtime: this.name, model, problem: problem.replace(/\.$/, '') }
    return runtimeError('session/device-lost', facts, { cause })
  }

  /** Notes the name of the device, and its loss. Only the browser discloses them. */
  async #watchDevice(): Promise<void> {
    const device = (await this.ort.env.webgpu?.device) as GpuDevice | undefined
    this.#adapter = nameOfDevice(device)
    void device?.lost.then(({ message }) => {
      this.#lost ??= message
    })
  }
}
