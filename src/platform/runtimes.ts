/** Packages of ONNX Runtime. */
export type RuntimeName = 'onnxruntime-node' | 'onnxruntime-web'

/**
 * A backend of ONNX Runtime by name, or its record with options: `'cpu'`, `'wasm'`, `{ name: 'cuda', deviceId: 1 }`.
 * Spelled out here, so that the types of this package need none of a runtime that may not be installed.
 */
export type ExecutionProvider = string | { readonly name: string; readonly [option: string]: unknown }
