import type { OrtModule } from '../../contract.js'
import { runtimeFiles, useRuntimeFiles } from '../runtimeFiles.js'

/**
 * The module of onnxruntime-web beside this package, as in `node_modules` and on a server of packages. The files of
 * dist/browser lie side by side, so it is relative to the folder of any of them.
 */
const BESIDE = '../../../onnxruntime-web/dist/ort.bundle.min.mjs'

/** Imports onnxruntime-web by its address: workers have no import map, so the page looks it up for them. */
export async function importRuntimeWeb(): Promise<OrtModule> {
  return (await import(moduleAddress())) as OrtModule
}

/** Returns the address of the module, and keeps it for the workers. */
export function moduleAddress(): string {
  const module = runtimeFiles().module ?? mapped('onnxruntime-web') ?? new URL(BESIDE, import.meta.url).href
  useRuntimeFiles({ ...runtimeFiles(), module })
  return module
}

/** Returns the address of a name in the page's import map. */
function mapped(name: string): string | undefined {
  try {
    return import.meta.resolve(name)
  } catch {
    return undefined
  }
}
