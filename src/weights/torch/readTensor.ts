import { NUMERIC_ARRAYS, sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import type { TensorRef } from './pickleValues.js'
import { malformed } from './torchErrors.js'
import { type TorchType, torchType } from './torchTypes.js'

/**
 * Returns the tensor that a view of a storage shows, as a row-major copy.
 *
 * @param storage the bytes of the storage
 * @param name of the tensor, for errors
 */
export function readTensor(ref: TensorRef, storage: Uint8Array, name: string): Tensor {
  const type = checkView(ref, storage, name)
  const bytes = new Uint8Array(sizeOf(ref.dims) * type.bytes)
  if (isContiguous(ref)) bytes.set(storage.subarray(ref.offset * type.bytes, ref.offset * type.bytes + bytes.length))
  else copyStrided(ref, type.bytes, storage, bytes)
  return { type: type.type, dims: ref.dims, data: new NUMERIC_ARRAYS[type.type](bytes.buffer) }
}

/** Returns the number of bytes that `readTensor` will allocate. */
export const bytesOf = (ref: TensorRef): number => sizeOf(ref.dims) * torchType(ref.type)!.bytes

function checkView(
  { storage: { length, type: storageType }, ...ref }: TensorRef,
  bytes: Uint8Array,
  name: string,
): TorchType {
  const type = torchType(ref.type)!
  const elements = storageType === undefined ? Math.floor(length / type.bytes) : length
  if (elements * type.bytes > bytes.length)
    throw malformed(`its storage claims ${elements} elements of ${ref.type}, but has ${bytes.length} bytes`, name)
  const empty = ref.dims.includes(0)
  const last = empty ? -1 : ref.dims.reduce((at, dim, axis) => at + (dim - 1) * ref.strides[axis]!, ref.offset)
  if (!(last < elements)) {
    const view = `shape [${ref.dims.join(', ')}], strides [${ref.strides.join(', ')}], offset ${ref.offset}`
    throw malformed(`its view (${view}) reaches beyond the ${elements} elements of its storage`, name)
  }
  return type
}

function isContiguous({ dims, strides }: TensorRef): boolean {
  let expected = 1
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1 && strides[axis] !== expected) return false
    expected *= dims[axis]!
  }
  return true
}

function copyStrided({ dims, strides, offset }: TensorRef, size: number, from: Uint8Array, to: Uint8Array): void {
  const index = dims.map(() => 0)
  let at = offset
  for (let target = 0; target < to.length; target += size) {
    for (let byte = 0; byte < size; byte++) to[target + byte] = from[at * size + byte]!
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += strides[axis]!
      if (++index[axis]! < dims[axis]!) break
      at -= strides[axis]! * dims[axis]!
      index[axis] = 0
    }
  }
}
