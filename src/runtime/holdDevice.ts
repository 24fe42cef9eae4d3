import type * as Ort from 'onnxruntime-common'
import type { OrtModule } from '../platform/contract.js'
import { identityModel } from './identityModel.js'

const holders = new WeakMap<OrtModule, Promise<Ort.InferenceSession>>()

/**
 * Keeps the device of a page until the page or its worker ends: onnxruntime-web destroys it, and all buffers on it, when
 * its last session is released.
 */
export async function holdDevice(ort: OrtModule, options: Ort.InferenceSession.SessionOptions): Promise<void> {
  const holder = holders.get(ort) ?? ort.InferenceSession.create(identityModel('float32'), options)
  holders.set(ort, holder)
  await holder.catch((error) => {
    holders.delete(ort)
    throw error
  })
}
