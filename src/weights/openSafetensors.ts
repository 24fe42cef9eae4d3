import { NUMERIC_ARRAYS, type Tensor } from '../onnx/graph/tensor.js'
import type { StoredFile } from '../platform/contract.js'
import { weightsError } from './errors.js'
import { headerLength, type Placed, readHeader } from './readSafetensors.js'

/**
 * Reads a safetensors file of any size by ranges: its header at once, its tensors on request. It is validated as by
 * `readSafetensors`.
 *
 * @throws FineTuneError 'weights/malformed'; the error of the file
 */
export async function openSafetensors(
  file: StoredFile,
): Promise<{ metadata: Map<string, string>; tensors(): Promise<Map<string, Tensor>> }> {
  const begin = 8 + headerLength(await file.read(0, 8), file.size)
  const { placed, metadata } = readHeader(await file.read(8, begin), file.size - begin)
  return {
    metadata,
    async tensors() {
      const tensors = new Map<string, Tensor>()
      for (const entry of placed) tensors.set(entry.name, await readTensor(file, begin, entry))
      return tensors
    },
  }
}

async function readTensor(file: StoredFile, data: number, { name, type, shape, begin, end }: Placed): Promise<Tensor> {
  const { buffer, length } = await file.read(data + begin, data + end)
  if (length < end - begin) {
    const facts = { format: 'safetensors', tensor: name, problem: 'the file has become shorter' } as const
    throw weightsError('weights/malformed', facts)
  }
  return { type: type.type, dims: shape, data: new NUMERIC_ARRAYS[type.type](buffer) }
}
