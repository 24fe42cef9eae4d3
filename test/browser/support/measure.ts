import { CHANNEL, type Held } from './channel.js'

const memories: WeakRef<WebAssembly.Memory>[] = []
WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor)
    memories.push(new WeakRef(this))
  }
}

const gpuSizes = new Map<object, number>()
const { GPUDevice, GPUBuffer } = globalThis as unknown as Record<string, { prototype: Record<string, unknown> }>
if (GPUDevice && GPUBuffer) {
  type Create = (this: object, descriptor: { size: number }) => object
  const create = GPUDevice.prototype.createBuffer as Create
  GPUDevice.prototype.createBuffer = function (this: object, descriptor: { size: number }) {
    const buffer = create.call(this, descriptor)
    gpuSizes.set(buffer, descriptor.size)
    return buffer
  }
  const destroy = GPUBuffer.prototype.destroy as (this: object) => void
  GPUBuffer.prototype.destroy = function (this: object) {
    gpuSizes.delete(this)
    destroy.call(this)
  }
}

const channel = new BroadcastChannel(CHANNEL)
channel.addEventListener('message', ({ data }) => {
  if (data !== 'tell') return
  const wasm = memories.reduce((sum, memory) => sum + (memory.deref()?.buffer.byteLength ?? 0), 0)
  const gpuBytes = [...gpuSizes.values()].reduce((sum, size) => sum + size, 0)
  channel.postMessage({ wasm, gpuBuffers: gpuSizes.size, gpuBytes } satisfies Held)
})
