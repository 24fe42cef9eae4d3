import { readBytes } from '#platform'
import { FineTuneError, isFineTuneError } from '../errors.js'
import { readSafetensors, type SafetensorsFile } from './readSafetensors.js'

/** A safetensors file: its path, its URL or its bytes. */
export type WeightsSource = string | URL | Uint8Array

/**
 * Fetches and reads a safetensors file.
 *
 * @throws FineTuneError 'weights/unreadable', 'weights/malformed', 'aborted'
 */
export async function loadWeights(source: WeightsSource, signal?: AbortSignal): Promise<SafetensorsFile> {
  const bytes = source instanceof Uint8Array ? source : await fetchWeights(source, signal)
  try {
    return readSafetensors(bytes)
  } catch (error) {
    if (!isFineTuneError(error, 'weights/malformed')) throw error
    const facts = { ...error.facts, source: describeSource(source) }
    throw new FineTuneError('weights/malformed', facts, { cause: error.cause })
  }
}

/** What a message calls the source. */
export const describeSource = (source: WeightsSource): string =>
  source instanceof Uint8Array ? `${source.length} bytes` : String(source)

async function fetchWeights(source: string | URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    if (signal?.aborted) throw new FineTuneError('aborted', { operation: 'loading weights' }, { cause })
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new FineTuneError('weights/unreadable', { source: describeSource(source), problem }, { cause })
  }
}
