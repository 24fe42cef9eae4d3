import type { FoundProviders } from '../contract.js'

/** The part of `navigator.gpu` that is used here; TypeScript's own types do not have it. */
interface Gpu {
  requestAdapter(): Promise<Adapter | null>
}
interface Adapter {
  readonly isFallbackAdapter?: boolean
  readonly info?: { readonly isFallbackAdapter?: boolean }
}

export const defaultProviders = 'auto' as const

export async function findProviders(): Promise<FoundProviders> {
  const problem = await problemOf((navigator as { gpu?: Gpu }).gpu)
  return problem === undefined
    ? { providers: ['webgpu'], refused: [] }
    : { providers: [], refused: [{ provider: 'webgpu', problem }] }
}

/** Returns the reason not to try WebGPU, if there is one. */
async function problemOf(gpu: Gpu | undefined): Promise<string | undefined> {
  if (!gpu)
    return globalThis.isSecureContext === false
      ? 'the page was not loaded over HTTPS or from localhost'
      : 'the browser has no WebGPU'
  const adapter = await gpu.requestAdapter().catch(() => null)
  if (!adapter) return 'the browser offers no adapter'
  const isSoftware = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter
  return isSoftware ? 'its adapter is software, slower than WebAssembly' : undefined
}
