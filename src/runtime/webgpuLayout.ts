import type { ExecutionProvider } from '../platform/runtimes.js'

/**
 * Returns the provider; WebGPU keeps the layout of the graph, channels before pixels, unless the provider says
 * otherwise. By itself ONNX Runtime 1.30 turns convolutions to the other layout, and there it computes wrong ones: of
 * 6, 9, 15, 18, ... channels into a multiple of four, and in groups that are no multiple of four while all together are.
 * A training graph would also be full of transpositions: its weights and gradients are no constants.
 */
export function inGraphLayout(provider: ExecutionProvider): ExecutionProvider {
  if (provider === 'webgpu') return { name: 'webgpu', preferredLayout: 'NCHW' }
  if (typeof provider === 'string' || provider.name !== 'webgpu') return provider
  return { preferredLayout: 'NCHW', ...provider }
}
