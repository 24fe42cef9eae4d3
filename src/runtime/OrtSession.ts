import type * as Ort from 'onnxruntime-common'
import type { DataType, Tensor } from '../onnx/graph/tensor.js'
import type { OrtModule } from '../platform/contract.js'
import type { RuntimeSession } from './contract.js'
import { DeviceTensor, isOnDevice, type Value } from './DeviceTensor.js'

/** The runtime of a session. */
interface Owner {
  readonly ort: OrtModule
  readonly fillsMemory: boolean
  readonly isLost: boolean
  /** @throws FineTuneError 'session/device-lost' once the device is lost */
  demandDevice(label: string): void
  failureOf(cause: unknown, label: string): Error
}

export class OrtSession implements RuntimeSession<Value> {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** The number of its results that are on the device. Their memory belongs to the session, and ends with it. */
  #kept = 0
  #isReleased = false

  constructor(
    readonly runtime: Owner,
    readonly session: Ort.InferenceSession,
    readonly label: string,
  ) {
    this.inputNames = session.inputNames
    this.outputNames = session.outputNames
  }

  async run(
    feeds: Readonly<Record<string, Value>>,
    fetches: Readonly<Record<string, Tensor | null>>,
  ): Promise<Record<string, Value>> {
    this.runtime.demandDevice(this.label)
    const inputs = mapValues(feeds, (value) => this.#toOrt(value))
    const { fillsMemory } = this.runtime
    const outputs = mapValues(fetches, (tensor) => (tensor && fillsMemory ? this.#toOrt(tensor) : null))
    const results = await this.session.run(inputs, outputs).catch((cause: unknown) => {
      throw this.runtime.failureOf(cause, this.label)
    })
    return mapValues(fetches, (tensor, name) => (tensor && fillsMemory ? tensor : this.#fromOrt(results[name]!)))
  }

  /** Releases the session, or lets the last of its results on the device do so when that is freed. */
  async release(): Promise<void> {
    this.#isReleased = true
    // With the device its memory went.
    if (this.#kept === 0 && !this.runtime.isLost) await this.session.release()
  }

  #fromOrt(tensor: Ort.Tensor): Value {
    const [type, dims] = [tensor.type as DataType, tensor.dims]
    if (tensor.location === 'gpu-buffer') {
      this.#kept++
      return new DeviceTensor(type, dims, tensor, () => this.#freed())
    }
    return { type, dims, data: tensor.data as unknown as Tensor['data'] } as Tensor
  }

  #freed(): void {
    this.#kept--
    // Nobody waits for it, or could do anything about a failure.
    if (this.#isReleased) this.release().catch(() => {})
  }

  #toOrt(value: Value): Ort.Tensor {
    if (isOnDevice(value)) return value.handle
    return new this.runtime.ort.Tensor(value.type as 'float32', value.data as Float32Array, value.dims)
  }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}
