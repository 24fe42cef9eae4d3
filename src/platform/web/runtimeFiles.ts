/** The addresses of ONNX Runtime's files, where the page's tools do not find them by themselves. */
export interface RuntimeFiles {
  /**
   * The address of the module of onnxruntime-web. Default: in a bundled page the one that the bundler resolved; without
   * a bundler the page's import map has it, or `onnxruntime-web` lies beside `onnx-finetune`, as in `node_modules`.
   */
  readonly module?: string | undefined
  /**
   * The addresses of the WebAssembly: a folder, which ends in a slash, or its files. It is `env.wasm.wasmPaths` of
   * onnxruntime-web. Default: beside the module.
   */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string } | undefined
}

let files: RuntimeFiles = {}

export const runtimeFiles = (): RuntimeFiles => files

/** Sets the addresses for this thread and for the workers that it starts from now on. */
export function useRuntimeFiles(given: RuntimeFiles): void {
  files = given
}
