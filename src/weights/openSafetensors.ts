import { NUMERIC_ARRAYS, type Tensor } from '../onnx/graph/tensor.js'
import type { StoredFile } from '../platform/contract.js'
import { weightsError } from './errors.js'
import { headerLength, type Placed, readHeader } from './readSafetensors.js'

/** A safetensors file that is read by ranges. */
export interface OpenSafetensors {
  readonly metadata: Map<string, string>
  /** The tensors by name, in the order of the header. */
  readonly placed: ReadonlyMap<string, Placed>
  /** Reads all tensors. */
  tensors(): Promise<Map<string, Tensor>>
  /** Reads a range of the elements of a tensor. */
  values(name: string, begin: number, end: number): Promise<Exclude<Tensor['data'], string[]>>
}

/**
 * Reads a safetensors file of any size by ranges: its header at once, its tensors on request. It is validated as by
 * `readSafetensors`.
 *
 * @throws FineTuneError 'weights/malformed'; the error of the file
 */
export async function openSafetensors(file: StoredFile): Promise<OpenSafetensors> {
  const begin = 8 + headerLength(await file.read(0, 8), file.size)
  const { placed, metadata } = readHeader(await file.read(8, begin), file.size - begin)
  const byName = new Map(placed.map((entry) => [entry.name, entry]))
  return {
    metadata,
    placed: byName,
    async tensors() {
      const tensors = new Map<string, Tensor>()
      for (const entry of placed) {
        const data = await readValues(file, entry, begin + entry.begin, begin + entry.end)
        tensors.set(entry.name, { type: entry.type.type, dims: entry.shape, data } as Tensor)
      }
      return tensors
    },
    values(name, from, to) {
      const entry = byName.get(name)!
      const at = begin + entry.begin
      return readValues(file, entry, at + from * entry.type.bytes, at + to * entry.type.bytes)
    },
  }
}

async function readValues(file: StoredFile, { name, type }: Placed, begin: number, end: number) {
  const { buffer, length } = await file.read(begin, end)
  if (length < end - begin) {
    const facts = { format: 'safetensors', tensor: name, problem: 'the file has become shorter' } as const
    throw weightsError('weights/malformed', facts)
  }
  return new NUMERIC_ARRAYS[type.type](buffer)
}
