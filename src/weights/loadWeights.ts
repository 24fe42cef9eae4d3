import { readBytes } from '#platform'
import { checkArgument, checkOptional, kinds } from '../arguments.js'
import { type FineTuneError, isFineTuneError } from '../errors.js'
import { embedExternalData } from '../onnx/format/externalData.js'
import { readModel } from '../onnx/format/read.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { weightsError } from './errors.js'
import { readSafetensors } from './readSafetensors.js'
import { stripPrefixes } from './stripPrefixes.js'
import { readTorch } from './torch/readTorch.js'
import { type WeightsFormat, weightsFormat } from './weightsFormat.js'

/** A file of weights: its path, its URL or its bytes. */
export type WeightsSource = string | URL | Uint8Array

export interface WeightsFile {
  readonly format: WeightsFormat
  /** The tensors by name, without the prefixes of wrappers (`module.`). */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** The other information in a safetensors header or an ONNX model. */
  readonly metadata: ReadonlyMap<string, string>
}

type Reader = (bytes: Uint8Array) => Omit<WeightsFile, 'format'> | Promise<Omit<WeightsFile, 'format'>>

const readers: Readonly<Record<WeightsFormat, Reader>> = {
  safetensors: readSafetensors,
  PyTorch: async (bytes) => ({ tensors: await readTorch(bytes), metadata: new Map() }),
  ONNX: (bytes) => {
    const { initializers, metadata } = readModel(bytes)
    return { tensors: initializers, metadata }
  },
}

/**
 * Fetches and reads a file of weights: safetensors, PyTorch's `.pth` or the initializers of an `.onnx`. The format is
 * recognised by its content, not its name.
 *
 * @throws FineTuneError 'weights/unreadable', 'weights/unknown-format', 'weights/malformed', 'weights/refused-pickle',
 *   'weights/legacy-torch', 'weights/no-state-dict', 'weights/several-state-dicts', 'onnx/malformed' and others of
 *   'onnx/', the signal's reason
 */
export async function loadWeights(source: WeightsSource, signal?: AbortSignal): Promise<WeightsFile> {
  checkArgument('loadWeights: source', source, kinds.source)
  checkOptional('loadWeights: signal', signal, kinds.signal)
  const bytes = await fetchWeights(source, signal)
  return readWeights(bytes, describeSource(source))
}

/** Reads weights as `loadWeights`, from bytes. `source` names them in errors. */
export async function readWeights(bytes: Uint8Array, source: string): Promise<WeightsFile> {
  const format = weightsFormat(bytes)
  if (!format) throw unknownFormat(bytes, source)
  try {
    const { tensors, metadata } = await readers[format](bytes)
    return { format, tensors: stripPrefixes(tensors), metadata }
  } catch (error) {
    throw named(error, source)
  }
}

/**
 * Fetches the bytes of a source; an ONNX model with the tensors that are in files beside it.
 *
 * @throws FineTuneError 'weights/unreadable', those of `embedExternalData`, the signal's reason
 */
export async function fetchWeights(source: WeightsSource, signal?: AbortSignal): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source
  const bytes = await fetchBytes(source, signal)
  return weightsFormat(bytes) === 'ONNX' ? embedExternalData(bytes, source, readBytes, signal) : bytes
}

async function fetchBytes(source: string | URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw weightsError('weights/unreadable', { source: describeSource(source), problem }, { cause })
  }
}

/** Returns the name of the source in messages. */
export const describeSource = (source: WeightsSource): string =>
  source instanceof Uint8Array ? `${source.length} bytes` : String(source)

/** Adds the name of a file to an error. */
function named(error: unknown, source: string): unknown {
  if (!isFineTuneError(error) || !error.code.startsWith('weights/')) return error
  const code = error.code as Parameters<typeof weightsError>[0]
  return weightsError(code, { ...error.facts, source } as never, { cause: error.cause })
}

function unknownFormat(bytes: Uint8Array, source: string): FineTuneError {
  const first = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  const formats = ['safetensors', 'a .pth or .pt that torch.save wrote', 'an ONNX model']
  return weightsError('weights/unknown-format', { source, begins: first || 'nothing (0 bytes)', formats })
}
