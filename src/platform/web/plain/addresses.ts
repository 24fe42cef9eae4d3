// A page without a bundler looks up, when it loads the library, the addresses of the worker and of the runtime.
import { useRuntimeFiles } from '../runtimeFiles.js'
import { useScript } from './newWorker.js'

// The files of dist/browser lie side by side, whichever of them this code is in.
useScript(new URL('./finetune.worker.js', import.meta.url))

/** Returns the address of a module beside this package, as in `node_modules` and on servers of packages. */
const beside = (file: string): string => new URL(`../../../onnxruntime-web/dist/${file}`, import.meta.url).href

useRuntimeFiles({
  module: mapped('onnxruntime-web/wasm') ?? mapped('onnxruntime-web') ?? beside('ort.wasm.bundle.min.mjs'),
  webgpu: { module: mapped('onnxruntime-web/webgpu') ?? beside('ort.webgpu.bundle.min.mjs') },
})

/** Returns the address of a name in the page's import map, which workers do not have. */
function mapped(name: string): string | undefined {
  try {
    return import.meta.resolve(name)
  } catch {
    return undefined
  }
}
