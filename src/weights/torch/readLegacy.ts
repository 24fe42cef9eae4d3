import type { Tensor } from '../../onnx/graph/tensor.js'
import { findStateDict } from './findStateDict.js'
import { PickleDict, type PickleValue, type StorageRef } from './pickleValues.js'
import { readTensors } from './readTensors.js'
import { malformed } from './torchErrors.js'
import { torchType } from './torchTypes.js'
import { type Unpickled, unpickleFirst } from './unpickle.js'

/** The length of the pickle of the magic number, and torch's version of the format. */
const [MAGIC_LENGTH, PROTOCOL] = [15, 1001]

/**
 * Reads the tensors of a file from before PyTorch 1.6, as most of torchvision's first weights are: pickles of a magic
 * number, a version, the properties of the machine, the state dict and the keys of its storages; then these, each as
 * its number of elements (int64) and their bytes.
 */
export function readLegacy(bytes: Uint8Array): Promise<Map<string, Tensor>> {
  let at = MAGIC_LENGTH
  const next = (): Unpickled => {
    const found = unpickleFirst(bytes.subarray(at))
    at += found.end
    return found
  }
  const version = next().value
  if (version !== PROTOCOL)
    throw malformed(`its format has the version ${String(version)}. Only ${PROTOCOL} can be read`)
  const machine = next().value
  if (machine instanceof PickleDict && machine.get('little_endian') === false)
    throw malformed("its numbers have the byte order 'big'. Only 'little' can be read")
  const { value, storages } = next()
  const keys = next().value
  const places = storagePlaces(bytes, keys, storages, at)
  return readTensors(findStateDict(value), bytes.length, (key, tensor) => {
    const place = places.get(key)
    if (!place) throw malformed(`its storage ${key} is not in the file`, tensor)
    return place
  })
}

/** Returns the bytes of each storage by its key. They lie one after the other from `begin` on. */
function storagePlaces(
  bytes: Uint8Array,
  keys: PickleValue,
  storages: readonly StorageRef[],
  begin: number,
): Map<string, Uint8Array> {
  if (!Array.isArray(keys)) throw malformed('the keys of its storages are no list')
  const sizes = new Map(storages.map(({ key, type }) => [key, type === undefined ? 1 : torchType(type)!.bytes]))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const places = new Map<string, Uint8Array>()
  let at = begin
  for (const key of keys as readonly PickleValue[]) {
    const size = typeof key === 'string' ? sizes.get(key) : undefined
    if (size === undefined) throw malformed('it has a storage that its pickle does not name')
    const length = at + 8 <= bytes.length ? Number(view.getBigInt64(at, true)) * size : -1
    const end = at + 8 + length
    if (length < 0 || end > bytes.length) throw malformed(`its storage ${String(key)} was cut off`)
    places.set(key as string, bytes.subarray(at + 8, end))
    at = end
  }
  return places
}
