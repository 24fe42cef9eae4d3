import { checkArgument, kinds } from '../arguments.js'
import { artifactFiles } from './artifactFiles.js'
import type { TrainingArtifacts } from './TrainingArtifacts.js'
import { writeArtifact } from './writeArtifact.js'
import { writeCheckpoint } from './writeCheckpoint.js'

/** Training artifacts, some of whose models may be missing. */
export type SomeArtifacts = Pick<TrainingArtifacts, 'trainingModel' | 'checkpoint'> & Partial<TrainingArtifacts>

/**
 * Writes training artifacts under the file names of the official tool (Node only).
 *
 * @param directory an existing directory
 * @throws FineTuneError 'artifacts/malformed-checkpoint' for a checkpoint that cannot be written,
 *   'artifacts/cannot-write'
 */
export async function saveArtifacts(artifacts: SomeArtifacts, directory: string | URL): Promise<void> {
  checkArgument('saveArtifacts: directory', directory, kinds.place)
  const at = artifactFiles(directory)
  const files = { ...artifacts, checkpoint: writeCheckpoint(artifacts.checkpoint) }
  for (const part of Object.keys(at) as (keyof typeof at)[]) {
    const bytes = files[part]
    if (bytes) await writeArtifact(at[part], bytes)
  }
}
