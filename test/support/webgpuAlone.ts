import type * as Ort from 'onnxruntime-common'
import { beforeEach, vi } from 'vitest'
import { noWebGpu } from './webgpu.js'
import { onGpuAlone } from './webgpuRuntime.js'

const { InferenceSession } = (await import('onnxruntime-node')) as unknown as typeof Ort
const { create } = InferenceSession

/**
 * Makes each session that opens on WebGPU in the tests of this file refuse a graph with a node that would be left to the
 * processor. The tests are skipped where there is no WebGPU.
 */
export function demandGpuAlone(): void {
  vi.spyOn(InferenceSession, 'create').mockImplementation(((
    model: Uint8Array,
    options: Ort.InferenceSession.SessionOptions,
  ) => {
    const [first] = options.executionProviders ?? []
    const isGpu = (typeof first === 'object' ? first.name : first) === 'webgpu'
    return create.call(InferenceSession, model, isGpu ? { ...options, extra: onGpuAlone.extra } : options)
  }) as typeof create)
  beforeEach(({ skip }) => {
    if (noWebGpu !== undefined) skip(noWebGpu)
  })
}
