import { readBytes } from '#platform'
import { checkArgument, checkOptional, kinds } from '../arguments.js'
import { embedExternalData } from '../onnx/format/externalData.js'
import { artifactFiles } from './artifactFiles.js'
import { readArtifact } from './readArtifact.js'
import { readCheckpoint } from './readCheckpoint.js'
import type { TrainingArtifacts } from './TrainingArtifacts.js'

/**
 * Reads the four files that `generateArtifacts` or the official tool wrote.
 *
 * @param directory a path (Node), a `file:` URL (Node) or an HTTP(S) URL
 * @throws FineTuneError 'artifacts/unreadable', 'artifacts/malformed-checkpoint', 'artifacts/checkpoint-version',
 *   'onnx/malformed', 'onnx/external-data', 'options/invalid', the signal's reason
 */
export async function loadArtifacts(directory: string | URL, signal?: AbortSignal): Promise<TrainingArtifacts> {
  checkArgument('loadArtifacts: directory', directory, kinds.place)
  checkOptional('loadArtifacts: signal', signal, kinds.signal)
  const at = artifactFiles(directory)
  const model = async (file: string | URL) =>
    embedExternalData(await readArtifact(file, signal), file, readBytes, signal)
  const [trainingModel, evalModel, optimizerModel, checkpoint] = await Promise.all([
    model(at.trainingModel),
    model(at.evalModel),
    model(at.optimizerModel),
    readArtifact(at.checkpoint, signal),
  ])
  return { trainingModel, evalModel, optimizerModel, checkpoint: readCheckpoint(checkpoint) }
}
