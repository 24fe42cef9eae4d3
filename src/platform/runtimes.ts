/** The packages of ONNX Runtime. */
export const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const
export type RuntimeName = (typeof RUNTIMES)[number]

/**
 * A backend of ONNX Runtime by name, or its record with options: `'cpu'`, `'wasm'`, `{ name: 'cuda', deviceId: 1 }`.
 * Declared here, so that the types of this package need none of a runtime that may not be installed.
 */
export type ExecutionProvider = string | { readonly name: string; readonly [option: string]: unknown }

/** The providers to choose from: those of a list, in its order, or `'auto'`, the fastest that computes right. */
export type ExecutionProviders = 'auto' | readonly ExecutionProvider[]

export const nameOfProvider = (provider: ExecutionProvider): string =>
  typeof provider === 'string' ? provider : provider.name

/** Tells whether a provider is the processor itself, by its name in Node or in WebAssembly. */
export const isProcessor = (provider: ExecutionProvider): boolean => ['cpu', 'wasm'].includes(nameOfProvider(provider))

export const isExecutionProvider = (value: unknown): boolean =>
  typeof value === 'string' || typeof (value as { name?: unknown } | null)?.name === 'string'

/** An execution provider that was not taken, and the reason. */
export interface TriedProvider {
  readonly provider: string
  readonly problem: string
}
