/** The packages of ONNX Runtime. */
export const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const
export type RuntimeName = (typeof RUNTIMES)[number]

/**
 * A backend of ONNX Runtime by name, or its record with options: `'cpu'`, `'wasm'`, `{ name: 'cuda', deviceId: 1 }`.
 * Declared here, so that the types of this package need none of a runtime that may not be installed.
 */
export type ExecutionProvider = string | { readonly name: string; readonly [option: string]: unknown }

export const isExecutionProvider = (value: unknown): boolean =>
  typeof value === 'string' || typeof (value as { name?: unknown } | null)?.name === 'string'
