import { checkArgument, kinds } from '../arguments.js'
import type { FineTuneError } from '../errors.js'
import { NUMERIC_ARRAYS, type Tensor } from '../onnx/graph/tensor.js'
import { shown } from '../shown.js'
import { findDuplicateKey } from './duplicateKeys.js'
import { weightsError } from './errors.js'
import { SAFETENSORS_TYPES } from './safetensorsTypes.js'

export interface SafetensorsFile {
  /** The tensors by name, in the order of the header. */
  readonly tensors: Map<string, Tensor>
  /** The `__metadata__` of the header. */
  readonly metadata: Map<string, string>
}

/** The limit of the reference implementation: a longer header is an attack, not a model. */
export const LONGEST_HEADER = 100_000_000

/**
 * Reads a safetensors file: 8 bytes of header length (little-endian), the header as JSON, the tensors without gaps.
 * Each tensor is a copy; `bytes` may be reused. All statements of the header are checked against the actual bytes
 * before anything is allocated. float16 and bfloat16 are returned as raw bits; see `toFloat32`.
 *
 * @throws FineTuneError 'weights/malformed' (which names the tensor and its problem)
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  checkArgument('readSafetensors: bytes', bytes, kinds.bytes)
  const end = 8 + headerLength(bytes.subarray(0, 8), bytes.length)
  const data = bytes.subarray(end)
  const { placed, metadata } = readHeader(bytes.subarray(8, end), data.length)
  return { tensors: new Map(placed.map((entry) => [entry.name, cut(data, entry)])), metadata }
}

/**
 * Returns the length of the header in bytes, from the first 8 bytes of a file.
 * @param total bytes of the whole file
 */
export function headerLength(bytes: Uint8Array, total: number): number {
  if (bytes.length < 8) throw malformed(`${bytes.length} bytes are too few for the length of a header`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (length > LONGEST_HEADER) throw malformed(`a header of ${length} bytes exceeds the limit of ${LONGEST_HEADER}`)
  if (length > total - 8) throw malformed(`a header of ${length} bytes reaches beyond the file, which has ${total}`)
  return Number(length)
}

/**
 * Reads the header, and checks it against the number of bytes that follow it.
 * @param bytes those after the length
 */
export function readHeader(
  bytes: Uint8Array,
  dataLength: number,
): { placed: readonly Placed[]; metadata: Map<string, string> } {
  const { __metadata__: metadata, ...entries } = parseHeader(bytes)
  const placed = Object.entries(entries).map(([name, entry]) => place(name, entry))
  checkOffsets(placed, dataLength)
  return { placed, metadata: readMetadata(metadata) }
}

/** A tensor and its location, in bytes after the header. */
export interface Placed {
  readonly name: string
  readonly type: (typeof SAFETENSORS_TYPES)[number]
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  const text = decode(bytes)
  const header = parseJson(text)
  if (!isObject(header)) throw malformed('the header is not a JSON object')
  const duplicate = findDuplicateKey(text)
  if (duplicate !== undefined) throw malformed(`the header names ${JSON.stringify(duplicate)} twice`)
  return header
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw malformed('the header is not UTF-8', undefined, cause)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed('the header is not JSON', undefined, cause)
  }
}

function place(name: string, entry: unknown): Placed {
  if (!isObject(entry)) throw malformed('its entry is not an object', name)
  const type = SAFETENSORS_TYPES.find(({ dtype }) => dtype === entry.dtype)
  if (!type) {
    const known = SAFETENSORS_TYPES.map(({ dtype }) => dtype).join(', ')
    throw malformed(`dtype ${shown(entry.dtype)} is unknown; known: ${known}`, name)
  }
  const { shape, data_offsets: offsets } = entry
  if (!isSizes(shape)) throw malformed('its shape is not a list of whole numbers from 0 up', name)
  if (!isSizes(offsets) || offsets.length !== 2) throw malformed('its data_offsets are not two whole numbers', name)
  const [begin, end] = offsets as [number, number]
  if (end < begin) throw malformed(`its data ends at ${end}, before it begins at ${begin}`, name)
  const size = bytesOf(type.bytes, shape)
  if (size !== end - begin) {
    const claim = `${type.dtype} of shape [${shape.join(', ')}] takes ${size ?? 'too many'} bytes`
    throw malformed(`${claim}, its data_offsets give ${end - begin}`, name)
  }
  return { name, type, shape, begin, end }
}

/** Checks that the tensors fill the data from end to end: no overlap, no hole, nothing outside. */
function checkOffsets(placed: readonly Placed[], length: number): void {
  let reached = 0
  for (const { name, begin, end } of placed.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > length) throw malformed(`its data ends at ${end}, beyond the ${length} bytes of data`, name)
    if (begin < reached) throw malformed(`its data begins at ${begin}, inside another tensor's`, name)
    if (begin > reached) throw malformed(`bytes ${reached} to ${begin}, before its data, belong to no tensor`, name)
    reached = end
  }
  if (reached !== length) throw malformed(`the last ${length - reached} bytes belong to no tensor`)
}

/** Copies elements, because a typed array must begin at a multiple of its element size. */
function cut(data: Uint8Array, { type, shape, begin, end }: Placed): Tensor {
  const copy = new ArrayBuffer(end - begin)
  new Uint8Array(copy).set(data.subarray(begin, end))
  return { type: type.type, dims: shape, data: new NUMERIC_ARRAYS[type.type](copy) }
}

function readMetadata(metadata: unknown): Map<string, string> {
  if (metadata === undefined) return new Map()
  const entries = isObject(metadata) ? Object.entries(metadata) : []
  if (!isObject(metadata) || entries.some(([, value]) => typeof value !== 'string'))
    throw malformed('__metadata__ is not an object of strings')
  return new Map(entries as [string, string][])
}

function bytesOf(element: number, shape: readonly number[]): number | undefined {
  let product = element
  for (const dim of shape) {
    product *= dim
    if (!Number.isSafeInteger(product)) return undefined
  }
  return product
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)

const malformed = (problem: string, tensor?: string, cause?: unknown): FineTuneError =>
  weightsError(
    'weights/malformed',
    { format: 'safetensors', problem, ...(tensor !== undefined && { tensor }) },
    { cause },
  )
