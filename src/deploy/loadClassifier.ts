import { z } from 'zod'
import { readBytes } from '#platform'
import { checkArgument, kinds } from '../arguments.js'
import { decoderSchema, maxPixelsSchema } from '../data/decode/decodePicture.js'
import { FineTuneError } from '../errors.js'
import { readModel } from '../onnx/format/read.js'
import type { Dim, Graph } from '../onnx/graph/graph.js'
import { checkOptions } from '../options.js'
import { type ExecutionProvider, RUNTIMES, type RuntimeName } from '../platform/runtimes.js'
import { openRuntime } from '../runtime/runtime.js'
import { Classifier } from './Classifier.js'
import { type ClassifierMetadata, IMAGE, PROBABILITIES, readMetadata, requiredKeys } from './metadata.js'
import type { DecodeSettings } from './pictures.js'

export interface LoadClassifierOptions extends DecodeSettings {
  /** Default: `onnxruntime-node` where it is installed, else `onnxruntime-web`. */
  readonly runtime?: RuntimeName | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  /** Backends in order of preference. Default: the CPU. */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined
  readonly signal?: AbortSignal | undefined
}

const provider = z.union([z.string().min(1), z.looseObject({ name: z.string().min(1) })])
const schema = z.strictObject({
  runtime: z.enum(RUNTIMES).optional(),
  threads: z.int().min(1).optional(),
  executionProviders: z.array(provider).min(1).optional(),
  decoder: decoderSchema,
  maxPixels: maxPixelsSchema,
  autoOrient: z.boolean().optional(),
  signal: z.instanceof(AbortSignal).optional(),
})

/**
 * A classifier that `exportClassifier` made, ready to use: class names and preprocessing are in the file.
 *
 *     const classifier = await loadClassifier('hotdog.onnx')
 *     const { label, score } = await classifier.classify('lunch.jpg')
 *     await classifier.release()
 *
 * @param source path (Node), URL or bytes of the file
 * @throws FineTuneError 'deploy/unreadable', 'onnx/malformed', 'deploy/not-a-classifier' (says what the file lacks),
 *   'deploy/bad-metadata', 'session/no-runtime', 'session/cannot-open', 'options/invalid', the signal's reason
 */
export async function loadClassifier(
  source: string | URL | Uint8Array,
  options: LoadClassifierOptions = {},
): Promise<Classifier> {
  checkArgument('loadClassifier: source', source, kinds.source)
  const checked = checkOptions(schema, options, 'loadClassifier')
  const { runtime, threads, executionProviders, decoder, maxPixels, autoOrient, signal } = checked
  signal?.throwIfAborted()
  const name = source instanceof Uint8Array ? `the file of ${source.length} bytes` : String(source)
  const bytes = source instanceof Uint8Array ? source : await fetchFile(source, signal)
  const graph = readModel(bytes)
  demandClassifier(graph, name)
  const metadata = readMetadata(graph.metadata, name)
  demandSameSizes(graph, metadata, name)
  const ort = await openRuntime(runtime, { threads, executionProviders })
  const session = await ort.createSession(bytes, 'classifier')
  return new Classifier(session, metadata, { decoder, maxPixels, autoOrient })
}

function demandClassifier(graph: Graph, source: string): void {
  const has = (values: Graph['inputs'], name: string) => values.some((value) => value.name === name)
  const missing = [
    ...requiredKeys.filter((key) => !graph.metadata.has(key)).map((key) => `metadata entry ${key}`),
    ...(has(graph.inputs, IMAGE) ? [] : [`input ${IMAGE}`]),
    ...(has(graph.outputs, PROBABILITIES) ? [] : [`output ${PROBABILITIES}`]),
  ]
  if (missing.length > 0) throw new FineTuneError('deploy/not-a-classifier', { source, missing })
}

/** Dimensions that the graph leaves open fit anything. */
function demandSameSizes(graph: Graph, { classes, preprocessing }: ClassifierMetadata, source: string): void {
  const sizeOf = (values: Graph['inputs'], name: string) => values.find((value) => value.name === name)?.shape?.at(-1)
  const demand = (key: string, received: number, size: Dim | undefined, of: string) => {
    if (typeof size !== 'number' || size === received) return
    const problem = `${of} has ${size} of them`
    throw new FineTuneError('deploy/bad-metadata', { source, key, problem, received: String(received) })
  }
  demand('classes', classes.length, sizeOf(graph.outputs, PROBABILITIES), `the output ${PROBABILITIES}`)
  demand('preprocessing', preprocessing.crop, sizeOf(graph.inputs, IMAGE), `a row of the input ${IMAGE}`)
}

async function fetchFile(source: string | URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new FineTuneError('deploy/unreadable', { source: String(source), problem }, { cause })
  }
}
