import type { OrtModule } from '../contract.js'
import { type RuntimeEntry, runtimeFilesOf } from './runtimeFiles.js'

/**
 * Imports an entry of onnxruntime-web: a bundler resolves its name. The entries share nothing: each has its own `env`
 * and its own memory. That without a GPU is half as large.
 */
export async function importRuntimeWeb(entry: RuntimeEntry): Promise<OrtModule> {
  const { module, wasmPaths } = runtimeFilesOf(entry)
  const ort = (await (module
    ? import(/* webpackIgnore: true */ /* @vite-ignore */ module)
    : bundled(entry))) as OrtModule
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths
  return ort
}

const bundled = (entry: RuntimeEntry) =>
  entry === 'wasm' ? import('onnxruntime-web/wasm') : import('onnxruntime-web/webgpu')
