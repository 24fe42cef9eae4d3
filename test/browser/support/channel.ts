/** The bytes that a thread holds outside of JavaScript's heap. */
export interface Held {
  readonly wasm: number
  readonly gpuBuffers: number
  readonly gpuBytes: number
}

/** The channel on which each measured thread answers. */
export const CHANNEL = 'memory that is held'
