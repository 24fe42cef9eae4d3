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
    return mapValues(fetches, (tensor, name) => (tensor && fillsMemory ? tensor : fromOrt(results[name]!)))
  }

  async release(): Promise<void> {
    // Its memory went with the device.
    if (!this.runtime.isLost) await this.session.release()
  }

  #toOrt(value: Value): Ort.Tensor {
    if (isOnDevice(value)) return value.handle
    return new this.runtime.ort.Tensor(value.type as 'float32', value.data as Float32Array, value.dims)
  }
}

function fromOrt(tensor: Ort.Tensor): Value {
  const [type, dims] = [tensor.type as DataType, tensor.dims]
  if (tensor.location === 'gpu-buffer') return new DeviceTensor(type, dims, tensor)
  return { type, dims, data: tensor.data as unknown as Tensor['data'] } as Tensor
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}
