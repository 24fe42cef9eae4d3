import type { FineTuneError } from '../../errors.js'
import { onnxError } from '../errors.js'
import { encodeModel } from './encode.js'
import { externalTensorsOf } from './externalTensors.js'
import { type TensorProto, TensorProto_DataLocation } from './gen/onnx_pb.js'
import { decodeModel } from './read.js'

/** The most sharing: tensors may share a part of a file, but a small file must not make large ones. */
const MOST_SHARING = 8

type Reader = (source: string | URL, signal?: AbortSignal) => Promise<Uint8Array>

/** The location of the elements of a tensor. */
interface Place {
  readonly tensor: TensorProto
  readonly file: string
  readonly offset: number
  /** The length in bytes. Default: up to the end of the file. */
  readonly length: number | undefined
}

/**
 * Returns the bytes of a model with every tensor embedded, also those stored in files beside it. A model without such
 * tensors is returned unchanged.
 *
 * @param bytes the model
 * @param source the path (Node) or the URL that it was read from
 * @param read reads the files beside it
 * @throws FineTuneError 'onnx/external-data' for a location outside the model's directory, a file that cannot be read
 *   and a range that is not in it; 'onnx/malformed', the signal's reason
 */
export async function embedExternalData(
  bytes: Uint8Array,
  source: string | URL,
  read: Reader,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const model = decodeModel(bytes)
  const places = externalTensorsOf(model).map(placeOf)
  if (places.length === 0) return bytes
  const files = new Map<string, Uint8Array>()
  for (const place of places)
    if (!files.has(place.file)) files.set(place.file, await readBeside(source, place, read, signal))
  embed(places, files)
  return encodeModel(model)
}

function placeOf(tensor: TensorProto): Place {
  const entry = (name: string) => tensor.externalData.find(({ key }) => key === name)?.value
  const file = entry('location') ?? ''
  if (leadsElsewhere(file))
    throw outside(tensor, file, 'only files in the directory of the model and below it are read')
  const number = (name: string) => {
    const text = entry(name)
    if (text === undefined) return undefined
    if (!/^\d{1,15}$/.test(text)) throw outside(tensor, file, `its ${name} is ${JSON.stringify(text.slice(0, 40))}`)
    return Number(text)
  }
  return { tensor, file, offset: number('offset') ?? 0, length: number('length') }
}

/** Tells whether a location is an absolute path, a drive, a URL, or leads upwards; in a browser, %2e is a dot. */
const leadsElsewhere = (file: string): boolean =>
  /^$|\0|^[\\/]|^[a-z][a-z\d+.-]*:|(^|[\\/])(\.|%2e){2}([\\/]|$)/i.test(file)

async function readBeside(model: string | URL, { tensor, file }: Place, read: Reader, signal: AbortSignal | undefined) {
  try {
    return await read(beside(model, file), signal)
  } catch (cause) {
    signal?.throwIfAborted()
    throw outside(tensor, file, `it cannot be read (${cause instanceof Error ? cause.message : cause})`, cause)
  }
}

function beside(model: string | URL, file: string): string | URL {
  const isUrl = model instanceof URL || /^(https?|file):/.test(model)
  return isUrl
    ? new URL(file.split('/').map(encodeURIComponent).join('/'), model)
    : `${model.replace(/[^\\/]*$/, '')}${file}`
}

function embed(places: readonly Place[], files: ReadonlyMap<string, Uint8Array>): void {
  const size = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  let claimed = 0
  for (const { tensor, file, offset, length } of places) {
    const bytes = files.get(file)!
    const end = length === undefined ? bytes.length : offset + length
    if (offset > end || end > bytes.length)
      throw outside(tensor, file, `its bytes ${offset} to ${end} are not in the file, which has ${bytes.length}`)
    claimed += end - offset
    if (claimed > MOST_SHARING * size) throw outside(tensor, file, 'too many tensors share its bytes')
    tensor.rawData = bytes.subarray(offset, end) as Uint8Array<ArrayBuffer>
    tensor.dataLocation = TensorProto_DataLocation.DEFAULT
    tensor.externalData = []
  }
}

const outside = (tensor: TensorProto, file: string, problem: string, cause?: unknown): FineTuneError =>
  onnxError('onnx/external-data', { tensor: tensor.name || '(unnamed)', file, problem }, { cause })
