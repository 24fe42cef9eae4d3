import type { OrtModule } from '../platform/contract.js'
import type { RuntimeName } from '../platform/runtimes.js'
import { runtimeError } from './errors.js'

/** The oldest version that the lowered graphs were tested with; the same as in the peer dependencies of the package. */
const OLDEST = [1, 30, 0] as const

/**
 * Checks the version of a package.
 * @throws FineTuneError 'session/runtime-version' for a package of ONNX Runtime that is too old
 */
export function demandSupported(runtime: RuntimeName, { env }: OrtModule): void {
  // Packages before 1.16 do not state it.
  const versions: { readonly node?: string; readonly web?: string } = env.versions ?? {}
  const version = runtime === 'onnxruntime-node' ? versions.node : versions.web
  if (version !== undefined && !isOlder(version)) return
  const facts = { runtime, version: version ?? 'of an unknown version', supported: OLDEST.join('.') }
  throw runtimeError('session/runtime-version', facts)
}

function isOlder(version: string): boolean {
  const numbers = version.split(/[.-]/).map(Number)
  const at = OLDEST.findIndex((number, i) => numbers[i] !== number)
  return at >= 0 && (numbers[at] ?? 0) < OLDEST[at]!
}
