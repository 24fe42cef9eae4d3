import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FoundProviders } from '../contract.js'

/** The part of onnxruntime-node that lists what it was built with. */
export interface BackendLister {
  listSupportedBackends?(): readonly Backend[]
}
interface Backend {
  readonly name: string
  /** True if its library is in the package; others are installed by a script, or not at all. */
  readonly bundled?: boolean
}

/**
 * The providers worth trying, the most promising first: with WebGPU the state of a training stays on the card between
 * steps; the others copy it there and back in each. TensorRT is not among them: it compiles for minutes.
 */
const FASTER = ['webgpu', 'cuda', 'dml', 'coreml']

/** Returns the providers worth trying of those that onnxruntime-node was built with. */
export function providersOf(backends: readonly Backend[], libraries = installedLibraries()): FoundProviders {
  const built = FASTER.filter((provider) => backends.some(({ name }) => name === provider))
  // ONNX Runtime prints that it lacks a library, whatever its log level.
  const isThere = (provider: string) =>
    backends.some(({ name, bundled = true }) => name === provider && bundled) ||
    libraries.some((library) => library.includes(`providers_${provider}`))
  const problem = 'its library is not installed with onnxruntime-node'
  return {
    providers: built.filter(isThere),
    refused: built.filter((provider) => !isThere(provider)).map((provider) => ({ provider, problem })),
  }
}

function installedLibraries(): readonly string[] {
  try {
    const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
    return readdirSync(join(dirname(entry), '..', 'bin'), { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
