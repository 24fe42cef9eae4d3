import { checkArgument, isMapOf, isObject, type Kind } from '../arguments.js'
import { joined } from '../bytes.js'
import { sizeOf, type Tensor } from '../onnx/graph/tensor.js'
import { weightsError } from './errors.js'
import { LONGEST_HEADER } from './readSafetensors.js'
import { SAFETENSORS_TYPES } from './safetensorsTypes.js'

/** Returns the bytes of a safetensors file, in one array. Throws as `safetensorsPieces`. */
export const writeSafetensors = (
  tensors: ReadonlyMap<string, Tensor>,
  metadata?: ReadonlyMap<string, string>,
): Uint8Array<ArrayBuffer> => joined(safetensorsPieces(tensors, metadata))

/**
 * Returns the bytes of a safetensors file of any length: its header, and the memory of each tensor. Tensors are in the
 * order of the reference implementation (wide element types first, then by name), so each begins at a multiple of its
 * element size; equal input gives equal bytes.
 *
 * @throws FineTuneError 'weights/unwritable' (which names the tensor that cannot be stored)
 */
export function safetensorsPieces(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array[] {
  checkArgument('writeSafetensors: tensors', tensors, tensorsKind)
  checkArgument('writeSafetensors: metadata', metadata, metadataKind)
  const entries = [...tensors].map(([name, tensor]) => ({ name, tensor, ...typeOf(name, tensor) }))
  entries.sort((a, b) => b.order - a.order || (a.name < b.name ? -1 : 1))

  const listed = entries.map(({ name, tensor, dtype }) => ({
    name,
    dtype,
    dims: tensor.dims,
    bytes: rawBytes(tensor).length,
  }))
  return [safetensorsHeader(listed, metadata), ...entries.map(({ tensor }) => rawBytes(tensor))]
}

const tensorsKind: Kind = {
  expected: 'a Map of tensors { type, dims, data } by name',
  is: (value) => isMapOf(value, (tensor) => isObject(tensor) && Array.isArray(tensor.dims) && isObject(tensor.data)),
}
const metadataKind: Kind = {
  expected: 'a Map of strings by name',
  is: (value) => isMapOf(value, (text) => typeof text === 'string'),
}

/** A tensor as the header lists it. */
interface Entry {
  readonly name: string
  readonly dtype: string
  readonly dims: readonly number[]
  readonly bytes: number
}

/**
 * Returns the start of a file: the length of its header, and the header, padded so that the data begins at a multiple
 * of 8.
 */
export function safetensorsHeader(
  entries: readonly Entry[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array<ArrayBuffer> {
  const fields: string[] = []
  if (metadata.size) fields.push(`"__metadata__":${JSON.stringify(Object.fromEntries(metadata))}`)
  let begin = 0
  for (const { name, dtype, dims, bytes } of entries) {
    const end = begin + bytes
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape: dims, data_offsets: [begin, end] })}`)
    begin = end
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`)
  if (json.length > LONGEST_HEADER) {
    const problem = `the header would have ${json.length} bytes, and readers take ${LONGEST_HEADER}`
    throw weightsError('weights/unwritable', { tensor: '__metadata__', problem })
  }
  const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20)
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true)
  padded.set(json, 8)
  return padded
}

function typeOf(name: string, tensor: Tensor): { dtype: string; order: number } {
  const order = SAFETENSORS_TYPES.findIndex(({ type }) => type === tensor.type)
  const problem =
    name === '__metadata__'
      ? 'the format keeps this name for itself'
      : order < 0
        ? `the format has no ${tensor.type}`
        : sizeOf(tensor.dims) !== tensor.data.length
          ? `its shape [${tensor.dims.join(', ')}] does not hold ${tensor.data.length} elements`
          : undefined
  if (problem) throw weightsError('weights/unwritable', { tensor: name, problem })
  return { dtype: SAFETENSORS_TYPES[order]!.dtype, order }
}

export function rawBytes(tensor: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data as Exclude<Tensor['data'], string[]>
  return new Uint8Array(buffer, byteOffset, byteLength)
}
