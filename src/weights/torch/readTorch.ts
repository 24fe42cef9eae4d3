import { checkArgument, kinds } from '../../arguments.js'
import { ZipError } from '../../io/zip/ZipError.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { weightsError } from '../errors.js'
import { malformed } from './torchErrors.js'

/**
 * Reads the tensors of a file that `torch.save` wrote (version 1.6 and later: a zip with a pickle and one entry for
 * each storage; before: pickles, then the storages): a state dict, alone or inside one of the usual wrappers. Nothing in the file is executed: see
 * `unpickle`. float16 and bfloat16 are returned as raw bits. Tensors that show the same view of one storage are one
 * tensor.
 *
 * @throws FineTuneError 'weights/malformed', 'weights/refused-pickle', 'weights/no-state-dict',
 *   'weights/several-state-dicts', 'weights/legacy-torch' (a tar, from before version 0.1.10)
 */
export async function readTorch(bytes: Uint8Array): Promise<Map<string, Tensor>> {
  checkArgument('readTorch: bytes', bytes, kinds.bytes)
  if (isTar(bytes)) throw weightsError('weights/legacy-torch', {})
  // A page loads that code with the first such file.
  if (isLegacyTorch(bytes)) return (await import('./readLegacy.js')).readLegacy(bytes)
  const { readArchive } = await import('./readArchive.js')
  try {
    return await readArchive(bytes)
  } catch (error) {
    if (error instanceof ZipError) throw malformed(error.message, undefined, error)
    throw error
  }
}

/** Tells whether a file is older than 1.6: a pickle of torch's magic number comes first. Before 0.1.10: a tar. */
export const isLegacyTorch = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x80 && hasAt(bytes, 2, [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])) ||
  isTar(bytes)

const isTar = (bytes: Uint8Array): boolean => hasAt(bytes, 257, [0x75, 0x73, 0x74, 0x61, 0x72])

const hasAt = (bytes: Uint8Array, at: number, expected: readonly number[]): boolean =>
  expected.every((byte, i) => bytes[at + i] === byte)
