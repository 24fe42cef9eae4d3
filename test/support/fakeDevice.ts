import * as ort from 'onnxruntime-node'
import type { OrtModule } from '../../src/platform/contract.js'
import { type ExecutionProvider, nameOfProvider } from '../../src/platform/runtimes.js'

/** The part of a result that a faulty device changes. */
export type Fault = (name: string, data: Float32Array) => void

export interface FakeDevice {
  readonly module: OrtModule
  /** The number of tensors that are in the memory of the device. */
  live(): number
  /** The names of all tensors that were copied from the device, and their bytes. */
  readonly returned: Map<string, number>
}

interface Options {
  /** Changes a result before it is seen. */
  readonly fault?: Fault
  /** Called before each run; what it throws, or does not resolve to, the run does. */
  readonly before?: () => Promise<void>
}

/**
 * ONNX Runtime with a device that keeps results in memory of its own, on the processor: its tensors have no elements
 * that can be read, and each must be freed. Sessions that ask for no device are those of onnxruntime-node.
 */
export function fakeDevice({ fault, before }: Options = {}): FakeDevice {
  const memory = new Map<ort.Tensor, ort.Tensor>()
  const returned = new Map<string, number>()
  const onDevice = (tensor: ort.Tensor) => {
    const handle = ort.Tensor.fromGpuBuffer({} as never, {
      dataType: tensor.type as 'float32',
      dims: tensor.dims,
      dispose: () => void memory.delete(handle),
    }) as ort.Tensor
    memory.set(handle, tensor)
    return handle
  }
  const feedOf = (tensor: ort.Tensor) => {
    if (tensor.location === 'cpu') return tensor
    const known = memory.get(tensor)
    if (!known) throw new Error('a tensor that was freed is used')
    return known
  }
  const create = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    const isDevice = options.executionProviders?.some(
      (provider) => nameOfProvider(provider as ExecutionProvider) === 'webgpu',
    )
    if (!isDevice) return ort.InferenceSession.create(model, options)
    const { preferredOutputLocation: kept = {}, ...others } = options
    const session = await ort.InferenceSession.create(model, { ...others, executionProviders: ['cpu'] })
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      async run(feeds: Record<string, ort.Tensor>, fetches: Record<string, null>) {
        await before?.()
        const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, feedOf(tensor)]))
        const results = await session.run(inputs, fetches)
        return Object.fromEntries(
          Object.entries(results as Record<string, ort.Tensor>).map(([name, tensor]) => {
            if (tensor.type === 'float32') fault?.(name, tensor.data as Float32Array)
            if (name in (kept as object)) return [name, onDevice(tensor)]
            returned.set(name, (returned.get(name) ?? 0) + tensor.size * 4)
            return [name, tensor]
          }),
        )
      },
      release: () => session.release(),
    }
  }
  const module = { ...ort, InferenceSession: { create } } as unknown as OrtModule
  return { module, live: () => memory.size, returned }
}
