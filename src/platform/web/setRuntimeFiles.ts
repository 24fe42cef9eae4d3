import * as z from 'zod'
import { checkOptions } from '../../options.js'
import { type EntryFiles, type RuntimeFiles, useRuntimeFiles } from './runtimeFiles.js'

const address = z.string().min(1)
const entrySchema = z.strictObject({
  module: address.optional(),
  wasmPaths: z.union([address, z.strictObject({ wasm: address.optional(), mjs: address.optional() })]).optional(),
})
const schema = z.strictObject({ ...entrySchema.shape, webgpu: entrySchema.optional() })

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
  const { webgpu, ...wasm } = checkOptions(schema, files, 'setRuntimeFiles')
  useRuntimeFiles({ ...absolute(wasm), ...(webgpu && { webgpu: absolute(webgpu) }) })
}

/** Returns addresses that are right in a worker too, whose script has another address than the page. */
function absolute({ module, wasmPaths }: z.output<typeof entrySchema>): EntryFiles {
  const { wasm, mjs } = typeof wasmPaths === 'object' ? wasmPaths : {}
  return {
    ...(module !== undefined && { module: fromPage(module) }),
    ...(typeof wasmPaths === 'string' && { wasmPaths: fromPage(wasmPaths) }),
    ...(typeof wasmPaths === 'object' && {
      wasmPaths: {
        ...(wasm !== undefined && { wasm: fromPage(wasm) }),
        ...(mjs !== undefined && { mjs: fromPage(mjs) }),
      },
    }),
  }
}

const fromPage = (address: string): string => new URL(address, document.baseURI).href
