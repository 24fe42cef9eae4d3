import type { Tensor } from '../../onnx/graph/tensor.js'
import type { TensorRef } from './pickleValues.js'
import { bytesOf, readTensor } from './readTensor.js'
import { malformed } from './torchErrors.js'

/** The largest ratio of the tensors to the file: views may repeat elements (`expand`). */
const MOST_EXPANSION = 4
const SLACK = 2 ** 20

/**
 * Reads tensors by name. Those that show the same view of one storage are one tensor.
 *
 * @param length the bytes of the file
 * @param storageOf returns the bytes of a storage by its key; `tensor` is the name for errors
 */
export async function readTensors(
  refs: ReadonlyMap<string, TensorRef>,
  length: number,
  storageOf: (key: string, tensor: string) => Uint8Array | Promise<Uint8Array>,
): Promise<Map<string, Tensor>> {
  checkTotal(refs, length)
  const storages = new Map<string, Uint8Array>()
  const views = new Map<string, Tensor>()
  const tensors = new Map<string, Tensor>()
  for (const [name, ref] of refs) {
    const { key } = ref.storage
    const view = JSON.stringify([key, ref.type, ref.offset, ref.dims, ref.strides])
    if (!storages.has(key)) storages.set(key, await storageOf(key, name))
    const tensor = views.get(view) ?? readTensor(ref, storages.get(key)!, name)
    views.set(view, tensor)
    tensors.set(name, tensor)
  }
  return tensors
}

function checkTotal(refs: ReadonlyMap<string, TensorRef>, length: number): void {
  const total = [...refs.values()].reduce((sum, ref) => sum + bytesOf(ref), 0)
  if (!(total <= length * MOST_EXPANSION + SLACK))
    throw malformed(`its tensors would take ${total} bytes, more than ${MOST_EXPANSION} times those of the file`)
}
