/** The entries of onnxruntime-web: for the processor, and for a GPU. */
export type RuntimeEntry = 'wasm' | 'webgpu'

/** The addresses of the files of an entry of onnxruntime-web, where the page's tools do not find them by themselves. */
export interface EntryFiles {
  /**
   * The address of the module. Default: in a bundled page the one that the bundler resolved; without a bundler the
   * page's import map has it, or `onnxruntime-web` lies beside `onnx-finetune`, as in `node_modules`.
   */
  readonly module?: string | undefined
  /**
   * The addresses of the WebAssembly: a folder, which ends in a slash, or its files. It is `env.wasm.wasmPaths` of
   * onnxruntime-web. Default: beside the module.
   */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string } | undefined
}

/** The addresses of ONNX Runtime's files: those of `onnxruntime-web/wasm`, and of `onnxruntime-web/webgpu`. */
export interface RuntimeFiles extends EntryFiles {
  /** The files of the entry for a GPU. Default: its module as above, and `wasmPaths` if that is a folder. */
  readonly webgpu?: EntryFiles | undefined
}

let files: RuntimeFiles = {}

export const runtimeFiles = (): RuntimeFiles => files

export function runtimeFilesOf(entry: RuntimeEntry): EntryFiles {
  const { webgpu, ...wasm } = files
  if (entry === 'wasm') return wasm
  return { ...(typeof wasm.wasmPaths === 'string' && { wasmPaths: wasm.wasmPaths }), ...webgpu }
}

/** Sets the addresses for this thread and for the workers that it starts from now on. */
export function useRuntimeFiles(given: RuntimeFiles): void {
  files = { ...files, ...given }
}
