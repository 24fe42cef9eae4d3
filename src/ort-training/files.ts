import * as z from 'zod'
import { readBytes } from '#platform'
import { officialOptimizerModel } from '../artifacts/officialOptimizer.js'
import { readArtifact } from '../artifacts/readArtifact.js'
import { readCheckpoint } from '../artifacts/readCheckpoint.js'
import type { SomeArtifacts } from '../artifacts/saveArtifacts.js'
import type { TrainingArtifacts } from '../artifacts/TrainingArtifacts.js'
import type { CheckpointState } from '../contract/CheckpointState.js'
import { embedExternalData } from '../onnx/format/externalData.js'
import { writeModel } from '../onnx/format/write.js'
import { Graph } from '../onnx/graph/graph.js'
import { checkOptions } from '../options.js'

/**
 * The location of a file: a path (Node), a URL, or its bytes. External data of a model is found only by path or URL.
 */
export type Source = string | URL | Uint8Array | ArrayBuffer

/** The files of a session: those of the official tool, or of `generateArtifacts`. */
export interface TrainingSessionFiles {
  /** The `checkpoint`, version 2. */
  readonly checkpointState: Source
  /** The training model, `training_model.onnx`. */
  readonly trainModel: Source
  /** The evaluation model, `eval_model.onnx`. Needed by `runEvalStep` and `exportInferenceModel`. */
  readonly evalModel?: Source | undefined
  /** The optimizer model, `optimizer_model.onnx`. Needed by `runOptimizerStep`. */
  readonly optimizerModel?: Source | undefined
}

/**
 * Loads the files of a session.
 *
 * @throws FineTuneError 'options/invalid', 'artifacts/unreadable', 'artifacts/malformed-checkpoint',
 *   'artifacts/checkpoint-version', 'onnx/external-data', the signal's reason
 */
export async function loadFiles(files: TrainingSessionFiles, signal: AbortSignal | undefined): Promise<SomeArtifacts> {
  const { checkpointState, trainModel, evalModel, optimizerModel } = checkOptions(
    schema,
    files,
    'TrainingSession.create: files',
  ) as TrainingSessionFiles
  const read = async (source: Source | undefined) => source && modelOf(source, signal)
  const [checkpoint, trainingModel, evaluation, optimizer] = await Promise.all([
    bytesOf(checkpointState, signal),
    modelOf(trainModel, signal),
    read(evalModel),
    read(optimizerModel),
  ])
  return {
    checkpoint: readCheckpoint(checkpoint),
    trainingModel,
    ...(evaluation && { evalModel: evaluation }),
    ...(optimizer && { optimizerModel: optimizer }),
  }
}

async function bytesOf(source: Source, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  return source instanceof Uint8Array ? source : readArtifact(source, signal)
}

async function modelOf(source: Source, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = await bytesOf(source, signal)
  return isPlace(source) ? embedExternalData(bytes, source, readBytes, signal) : bytes
}

const isPlace = (source: Source): source is string | URL => typeof source === 'string' || source instanceof URL

/** Completes artifacts for the engine: a missing model is replaced by one that is never run. */
export function complete({ checkpoint, optimizerModel, ...models }: SomeArtifacts): TrainingArtifacts {
  const untouched: CheckpointState = { ...checkpoint, optimizerGroups: [] }
  return {
    evalModel: writeModel(new Graph()),
    ...models,
    optimizerModel: optimizerModel ?? officialOptimizerModel('sgd'),
    checkpoint: optimizerModel ? checkpoint : untouched,
  }
}

const source = z.custom<Source>(
  (value) =>
    (typeof value === 'string' && value !== '') ||
    [URL, Uint8Array, ArrayBuffer].some((type) => (value as unknown) instanceof type),
  { error: 'a path, a URL, a Uint8Array or an ArrayBuffer' },
)
const schema = z.strictObject({
  checkpointState: source,
  trainModel: source,
  evalModel: source.optional(),
  optimizerModel: source.optional(),
})
