import type { OrtModule } from '../contract.js'
import { runtimeFiles } from './runtimeFiles.js'

/** Imports onnxruntime-web: a bundler resolves its name. */
export async function importRuntimeWeb(): Promise<OrtModule> {
  const { module } = runtimeFiles()
  const imported = await (module
    ? import(/* webpackIgnore: true */ /* @vite-ignore */ module)
    : import('onnxruntime-web'))
  return imported as OrtModule
}
