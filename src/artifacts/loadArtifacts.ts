import { readBytes } from '#platform'
import { artifactFiles } from './artifactFiles.js'
import { readCheckpoint } from './readCheckpoint.js'
import type { TrainingArtifacts } from './TrainingArtifacts.js'

/**
 * Reads the four files that `generateArtifacts` or the official tool wrote.
 *
 * @param directory a path (Node), a `file:` URL (Node) or an HTTP(S) URL
 * @throws 'artifacts/malformed-checkpoint', 'artifacts/checkpoint-version'; what the platform throws for a missing file
 */
export async function loadArtifacts(directory: string | URL, signal?: AbortSignal): Promise<TrainingArtifacts> {
  const at = artifactFiles(directory)
  const [trainingModel, evalModel, optimizerModel, checkpoint] = await Promise.all(
    [at.trainingModel, at.evalModel, at.optimizerModel, at.checkpoint].map((file) => readBytes(file, signal)),
  )
  return {
    trainingModel: trainingModel!,
    evalModel: evalModel!,
    optimizerModel: optimizerModel!,
    checkpoint: readCheckpoint(checkpoint!),
  }
}
