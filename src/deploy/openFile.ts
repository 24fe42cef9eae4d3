import { readModel } from '../onnx/format/read.js'
import type { Dim, Graph } from '../onnx/graph/graph.js'
import type { Choice } from '../runtime/chooseRuntime.js'
import type { RuntimeSession } from '../runtime/runtime.js'
import { openTestedRuntime } from '../session/host/openTestedRuntime.js'
import { deployError } from './errors.js'
import {
  type ClassifierMetadata,
  IMAGE,
  LOGITS,
  PROBABILITIES,
  readMetadata,
  requiredKeys,
  VALUES,
} from './metadata.js'

/** The settings for running a network. */
export type RunSettings = Choice

/**
 * Opens the file of a classifier in ONNX Runtime, after checking that it is one.
 *
 * @param name the name of the file in errors
 * @throws FineTuneError 'onnx/malformed', 'deploy/not-a-classifier', 'deploy/bad-metadata', 'session/no-runtime',
 *   'session/no-provider', 'session/cannot-open'
 */
export async function openFile(
  file: Uint8Array,
  name: string,
  { runtime, threads, executionProviders }: RunSettings,
): Promise<{ readonly metadata: ClassifierMetadata; readonly session: RuntimeSession }> {
  const { metadata } = readClassifier(file, name)
  const chosen = await openTestedRuntime({ runtime, threads, executionProviders })
  return { metadata, session: await chosen.runtime.createSession(file, 'classifier') }
}

/**
 * Reads the graph of a classifier's file, after checking that it is one.
 *
 * @param name the name of the file in errors
 * @throws FineTuneError 'onnx/malformed', 'deploy/not-a-classifier', 'deploy/bad-metadata'
 */
export function readClassifier(
  file: Uint8Array,
  name: string,
): { readonly metadata: ClassifierMetadata; readonly graph: Graph } {
  const graph = readModel(file)
  demandClassifier(graph, name)
  const metadata = readMetadata(graph.metadata, name)
  demandOutput(graph, metadata, name)
  demandSameSizes(graph, metadata, name)
  return { metadata, graph }
}

function demandClassifier(graph: Graph, source: string): void {
  const has = (values: Graph['inputs'], name: string) => values.some((value) => value.name === name)
  const missing = [
    ...requiredKeys.filter((key) => !graph.metadata.has(key)).map((key) => `metadata entry ${key}`),
    ...(has(graph.inputs, IMAGE) ? [] : [`input ${IMAGE}`]),
    ...(has(graph.outputs, PROBABILITIES) || has(graph.outputs, VALUES) ? [] : [`output ${PROBABILITIES}`]),
    ...(graph.metadata.has('calibration') && !has(graph.outputs, LOGITS) ? [`output ${LOGITS}`] : []),
  ]
  if (missing.length > 0) throw deployError('deploy/not-a-classifier', { source, missing })
}

/** Checks that the file has the output of its task. */
function demandOutput({ outputs }: Graph, { task }: ClassifierMetadata, source: string): void {
  const output = task === 'regression' ? VALUES : PROBABILITIES
  if (outputs.some(({ name }) => name === output)) return
  throw deployError('deploy/not-a-classifier', { source, missing: [`output ${output}`] })
}

/** Checks the sizes of the graph's inputs and outputs. Dimensions that the graph leaves open fit any size. */
function demandSameSizes(graph: Graph, { classes, preprocessing, task }: ClassifierMetadata, source: string): void {
  const sizeOf = (values: Graph['inputs'], name: string) => values.find((value) => value.name === name)?.shape?.at(-1)
  const demand = (key: string, received: number, size: Dim | undefined, of: string) => {
    if (typeof size !== 'number' || size === received) return
    const problem = `${of} has ${size} of them`
    throw deployError('deploy/bad-metadata', { source, key, problem, received: String(received) })
  }
  const output = task === 'regression' ? VALUES : PROBABILITIES
  demand('classes', classes.length, sizeOf(graph.outputs, output), `the output ${output}`)
  demand('preprocessing', preprocessing.crop, sizeOf(graph.inputs, IMAGE), `a row of the input ${IMAGE}`)
}
