import type * as Ort from 'onnxruntime-common'
import { GraphBuilder } from '../onnx/builder.js'
import { writeModel } from '../onnx/format/write.js'
import type { OrtModule } from '../platform/contract.js'

const holders = new WeakMap<OrtModule, Promise<Ort.InferenceSession>>()

/**
 * Keeps the device of a page until the page or its worker ends: onnxruntime-web destroys it, and all buffers on it, when
 * its last session is released.
 */
export async function holdDevice(ort: OrtModule, options: Ort.InferenceSession.SessionOptions): Promise<void> {
  const holder = holders.get(ort) ?? ort.InferenceSession.create(smallest(), options)
  holders.set(ort, holder)
  await holder.catch((error) => {
    holders.delete(ort)
    throw error
  })
}

function smallest(): Uint8Array {
  const g = new GraphBuilder()
  g.op('Identity', [g.input('x', 'float32', [1])], {}, { outputs: ['y'] })
  g.output('y', 'float32', [1])
  return writeModel(g.graph)
}
