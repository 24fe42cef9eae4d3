import * as z from 'zod'
import { hasWorkers, readBytes } from '#platform'
import { checkArgument, kinds } from '../arguments.js'
import { decoderSchema, maxPixelsSchema } from '../data/decode/decodeImage.js'
import { checkOptions } from '../options.js'
import { type ExecutionProviders, RUNTIMES, type RuntimeName } from '../platform/runtimes.js'
import { providersSchema } from '../runtime/providersSchema.js'
import { Classifier } from './Classifier.js'
import { ClassifierEngine } from './ClassifierEngine.js'
import { deployError } from './errors.js'
import { HostedEngine } from './HostedEngine.js'
import type { DecodeSettings } from './ImageReader.js'

export interface LoadClassifierOptions extends DecodeSettings {
  /** The ONNX Runtime package. Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  /**
   * The execution providers to choose from, `['webgpu', 'cpu']`: the first that computes a training step of a tiny
   * network right, or an error if none does. `'auto'`: the most promising of those that are there, else the CPU.
   * Default: the CPU; in the browser `'auto'`.
   */
  readonly executionProviders?: ExecutionProviders | undefined
  /**
   * True if a worker decodes and computes, so that the calling thread is never blocked; without support for workers,
   * the calling thread does.
   * @default false
   */
  readonly worker?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  runtime: z.enum(RUNTIMES).optional(),
  threads: z.int().min(1).optional(),
  executionProviders: providersSchema.optional(),
  decoder: decoderSchema,
  maxPixels: maxPixelsSchema,
  autoOrient: z.boolean().optional(),
  worker: z.boolean().default(false),
  signal: z.instanceof(AbortSignal).optional(),
})

/**
 * Loads a classifier that `exportClassifier` made: class names and preprocessing are in the file.
 *
 *     const classifier = await loadClassifier('hotdog.onnx')
 *     const { label, score } = await classifier.classify('lunch.jpg')
 *     await classifier.release()
 *
 * @param source path (Node), URL or bytes of the file
 * @throws FineTuneError 'deploy/unreadable', 'onnx/malformed', 'deploy/not-a-classifier' (says what the file lacks),
 *   'deploy/bad-metadata', 'session/no-runtime', 'session/no-provider', 'session/cannot-open', 'session/worker-died' (with `worker`),
 *   'options/invalid', the signal's reason
 */
export async function loadClassifier(
  source: string | URL | Uint8Array,
  options: LoadClassifierOptions = {},
): Promise<Classifier> {
  checkArgument('loadClassifier: source', source, kinds.source)
  const checked = checkOptions(schema, options, 'loadClassifier')
  const { runtime, threads, executionProviders, decoder, maxPixels, autoOrient, worker, signal } = checked
  const settings = { runtime, threads, executionProviders, decoding: { decoder, maxPixels, autoOrient } }
  signal?.throwIfAborted()
  const isBytes = source instanceof Uint8Array
  const name = isBytes ? `the file of ${source.length} bytes` : String(source)
  const file = isBytes ? source : await fetchFile(source, signal)
  if (!worker || !hasWorkers()) return new Classifier(await ClassifierEngine.open(file, name, settings))
  const sent = isBytes ? new Uint8Array(file) : file
  return new Classifier(await HostedEngine.open(sent, name, settings, signal))
}

/** Reads the file of a classifier. @throws FineTuneError 'deploy/unreadable', the signal's reason */
export async function fetchFile(source: string | URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw deployError('deploy/unreadable', { source: String(source), problem }, { cause })
  }
}
