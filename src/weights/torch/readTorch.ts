import { checkArgument, kinds } from '../../arguments.js'
import { openZip, type ZipEntry } from '../../io/zip/openZip.js'
import { ZipError } from '../../io/zip/ZipError.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { weightsError } from '../errors.js'
import { findStateDict } from './findStateDict.js'
import type { TensorRef } from './pickleValues.js'
import { bytesOf, readTensor } from './readTensor.js'
import { malformed } from './torchErrors.js'
import { unpickle } from './unpickle.js'

/** The largest ratio of the tensors to the file: views may repeat elements (`expand`). */
const MOST_EXPANSION = 4
const SLACK = 2 ** 20

/**
 * Reads the tensors of a file that `torch.save` wrote (version 1.6 and later: a zip with a pickle and one entry for
 * each storage): a state dict, alone or inside one of the usual wrappers. Nothing in the file is executed: see
 * `unpickle`. float16 and bfloat16 are returned as raw bits. Tensors that show the same view of one storage are one
 * tensor.
 *
 * @throws FineTuneError 'weights/malformed', 'weights/refused-pickle', 'weights/no-state-dict',
 *   'weights/several-state-dicts', 'weights/legacy-torch'
 */
export async function readTorch(bytes: Uint8Array): Promise<Map<string, Tensor>> {
  checkArgument('readTorch: bytes', bytes, kinds.bytes)
  if (isLegacyTorch(bytes)) throw weightsError('weights/legacy-torch', {})
  try {
    return await readArchive(bytes)
  } catch (error) {
    if (error instanceof ZipError) throw malformed(error.message, undefined, error)
    throw error
  }
}

/** Tells whether a file is older than 1.6: a pickle of torch's magic number comes first. Before 0.1.10: a tar. */
export function isLegacyTorch(bytes: Uint8Array): boolean {
  const begins = (at: number, expected: readonly number[]) => expected.every((byte, i) => bytes[at + i] === byte)
  const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  return (bytes[0] === 0x80 && begins(2, magic)) || begins(257, [0x75, 0x73, 0x74, 0x61, 0x72])
}

async function readArchive(bytes: Uint8Array): Promise<Map<string, Tensor>> {
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
