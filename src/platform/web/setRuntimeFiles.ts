import * as z from 'zod'
import { checkOptions } from '../../options.js'
import { type RuntimeFiles, useRuntimeFiles } from './runtimeFiles.js'

const address = z.string().min(1)
const schema = z.strictObject({
  module: address.optional(),
  wasmPaths: z.union([address, z.strictObject({ wasm: address.optional(), mjs: address.optional() })]).optional(),
})

/**
 * Sets the addresses of ONNX Runtime's files, for a page whose tools do not find them by themselves (docs/browser.md
 * says which). It is called before anything is trained or loaded. Addresses are relative to the page.
 *
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts
 * import { setRuntimeFiles } from 'onnx-finetune/web'
 *
 * setRuntimeFiles({ wasmPaths: '/assets/' })
 * ```
 */
export function setRuntimeFiles(files: RuntimeFiles): void {
  const { module, wasmPaths } = checkOptions(schema, files, 'setRuntimeFiles')
  // A worker's script has another address.
  const absolute = (given: string) => new URL(given, document.baseURI).href
  useRuntimeFiles({
    ...(module !== undefined && { module: absolute(module) }),
    ...(typeof wasmPaths === 'string' && { wasmPaths: absolute(wasmPaths) }),
    ...(typeof wasmPaths === 'object' && {
      wasmPaths: {
        ...(wasmPaths.wasm !== undefined && { wasm: absolute(wasmPaths.wasm) }),
        ...(wasmPaths.mjs !== undefined && { mjs: absolute(wasmPaths.mjs) }),
      },
    }),
  })
}
