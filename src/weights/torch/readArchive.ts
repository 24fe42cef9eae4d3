import { openZip, type ZipEntry } from '../../io/zip/openZip.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { findStateDict } from './findStateDict.js'
import type { TensorRef } from './pickleValues.js'
import { bytesOf, readTensor } from './readTensor.js'
import { malformed } from './torchErrors.js'
import { unpickle } from './unpickle.js'

/** The largest ratio of the tensors to the file: views may repeat elements (`expand`). */
const MOST_EXPANSION = 4
const SLACK = 2 ** 20

/** Reads the tensors of the zip that `torch.save` wrote. */
export async function readArchive(bytes: Uint8Array): Promise<Map<string, Tensor>> {
  const entries = openZip(bytes)
  const pickle = findPickle(entries)
  const prefix = pickle.name.slice(0, -'data.pkl'.length)
  await checkByteOrder(entries.get(`${prefix}byteorder`))
  const refs = findStateDict(unpickle(await pickle.read()))
  checkTotal(refs, bytes.length)

  const storages = new Map<string, Uint8Array>()
  const views = new Map<string, Tensor>()
  const tensors = new Map<string, Tensor>()
  for (const [name, ref] of refs) {
    const { key } = ref.storage
    const view = JSON.stringify([key, ref.type, ref.offset, ref.dims, ref.strides])
    if (!storages.has(key)) storages.set(key, await readStorage(entries.get(`${prefix}data/${key}`), key, name))
    const tensor = views.get(view) ?? readTensor(ref, storages.get(key)!, name)
    views.set(view, tensor)
    tensors.set(name, tensor)
  }
  return tensors
}

function findPickle(entries: ReadonlyMap<string, ZipEntry>): ZipEntry {
  const found = [...entries.values()].filter(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name))
  if (found.length === 1) return found[0]!
  throw malformed(`it is a zip file with ${found.length || 'no'} data.pkl, so torch.save did not write it`)
}

async function checkByteOrder(entry: ZipEntry | undefined): Promise<void> {
  const order = entry && entry.size < 16 ? new TextDecoder().decode(await entry.read()) : 'little'
  if (order !== 'little') throw malformed(`its numbers have the byte order '${order}'. Only 'little' can be read`)
}

async function readStorage(entry: ZipEntry | undefined, key: string, tensor: string): Promise<Uint8Array> {
  if (!entry) throw malformed(`its storage ${key} is not in the file`, tensor)
  return entry.read()
}

function checkTotal(refs: ReadonlyMap<string, TensorRef>, length: number): void {
  const total = [...refs.values()].reduce((sum, ref) => sum + bytesOf(ref), 0)
  if (!(total <= length * MOST_EXPANSION + SLACK))
    throw malformed(`its tensors would take ${total} bytes, more than ${MOST_EXPANSION} times those of the file`)
}
