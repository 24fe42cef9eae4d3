import type { Tensor } from '../onnx/graph/tensor.js'
import type { Runtime, RuntimeSession } from './contract.js'
import type { DeviceTensor, Value } from './DeviceTensor.js'
import { identityModel } from './identityModel.js'

/**
 * Copies tensors to the memory of the device and back, by models of one Identity: in onnxruntime-node 1.30 a tensor's
 * own `getData` ends the process.
 */
export class DeviceMemory {
  readonly #sessions = new Map<string, RuntimeSession<Value>>()

  constructor(readonly runtime: Runtime) {}

  async up(tensor: Tensor): Promise<DeviceTensor> {
    return (await this.#copy(tensor, 'up')) as DeviceTensor
  }

  async down(tensor: DeviceTensor): Promise<Tensor> {
    return (await this.#copy(tensor, 'down')) as Tensor
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release()
    this.#sessions.clear()
  }

  async #copy(from: Value, way: 'up' | 'down'): Promise<Value> {
    const key = `${way} ${from.type}`
    let session = this.#sessions.get(key)
    if (!session) {
      session = await this.runtime.createSession(identityModel(from.type), 'copying', way === 'up' ? ['to'] : [])
      this.#sessions.set(key, session)
    }
    return (await session.run({ from }, { to: null })).to!
  }
}
