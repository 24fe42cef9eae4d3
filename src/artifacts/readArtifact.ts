import { readBytes } from '#platform'
import { artifactError } from './errors.js'

/**
 * Reads one of the files of a set of artifacts.
 *
 * @throws FineTuneError 'artifacts/unreadable', the signal's reason
 */
export async function readArtifact(source: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw artifactError('artifacts/unreadable', { source: String(source), problem }, { cause })
  }
}
