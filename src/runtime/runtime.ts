import { defaultRuntimes, importRuntime } from '#platform'
import { nameOfProvider, type RuntimeName } from '../platform/runtimes.js'
import type { Runtime, RuntimeSession, RuntimeSettings } from './contract.js'
import { runtimeError } from './errors.js'
import { OrtRuntime } from './OrtRuntime.js'
import { demandSupported } from './runtimeVersion.js'

export type { Runtime, RuntimeSession, RuntimeSettings }

/**
 * Loads ONNX Runtime: the one named, or else the first of `defaultRuntimes` that is installed.
 *
 * @throws FineTuneError 'session/no-runtime' where none can be loaded, 'session/runtime-version' where it is too old
 */
export async function openRuntime(name?: RuntimeName, settings: RuntimeSettings = {}): Promise<Runtime> {
  const runtimes = name === undefined ? defaultRuntimes() : [name]
  const [first] = settings.executionProviders ?? []
  const causes: unknown[] = []
  for (const candidate of runtimes) {
    const module = importRuntime(candidate, first && nameOfProvider(first))
    const ort = await module.catch((error: unknown) => void causes.push(error))
    if (!ort) continue
    // A newer one elsewhere would be slower, for no visible reason.
    demandSupported(candidate, ort)
    return new OrtRuntime(candidate, ort, settings)
  }
  throw runtimeError('session/no-runtime', { runtimes, problems: causes.map(firstLine) }, { cause: causes[0] })
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!
