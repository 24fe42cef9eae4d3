import { writeBytes } from '#platform'
import { checkArgument, kinds } from '../arguments.js'
import { FineTuneError } from '../errors.js'
import { artifactFiles } from './artifactFiles.js'
import type { TrainingArtifacts } from './TrainingArtifacts.js'
import { writeCheckpoint } from './writeCheckpoint.js'

/** Training artifacts of which some models may be missing. */
export type SomeArtifacts = Pick<TrainingArtifacts, 'trainingModel' | 'checkpoint'> & Partial<TrainingArtifacts>

/**
 * Writes training artifacts under the file names of the official tool (Node only).
 *
 * @param directory it must exist
 * @throws 'artifacts/malformed-checkpoint' for a checkpoint that cannot be written; 'artifacts/cannot-write'
 */
export async function saveArtifacts(artifacts: SomeArtifacts, directory: string | URL): Promise<void> {
  checkArgument('saveArtifacts: directory', directory, kinds.place)
  const at = artifactFiles(directory)
  const files = { ...artifacts, checkpoint: writeCheckpoint(artifacts.checkpoint) }
  await Promise.all(
    (Object.keys(at) as (keyof typeof at)[]).map(async (part) => {
      const bytes = files[part]
      if (bytes) await writeArtifact(at[part], bytes)
    }),
  )
}

/** @throws 'artifacts/cannot-write' */
export async function writeArtifact(path: string | URL, bytes: Uint8Array): Promise<void> {
  await writeBytes(path, bytes).catch((cause: Error) => {
    throw new FineTuneError('artifacts/cannot-write', { path: String(path), problem: cause.message }, { cause })
  })
}
