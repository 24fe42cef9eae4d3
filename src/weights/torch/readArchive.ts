import { openZip, type ZipEntry } from '../../io/zip/openZip.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { findStateDict } from './findStateDict.js'
import { readTensors } from './readTensors.js'
import { malformed } from './torchErrors.js'
import { unpickle } from './unpickle.js'

/** Reads the tensors of the zip that `torch.save` wrote. */
export async function readArchive(bytes: Uint8Array): Promise<Map<string, Tensor>> {
  const entries = openZip(bytes)
  const pickle = findPickle(entries)
  const prefix = pickle.name.slice(0, -'data.pkl'.length)
  await checkByteOrder(entries.get(`${prefix}byteorder`))
  const refs = findStateDict(unpickle(await pickle.read()))
  return readTensors(refs, bytes.length, (key, tensor) => readStorage(entries.get(`${prefix}data/${key}`), key, tensor))
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
