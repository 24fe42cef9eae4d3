import type { Target } from '../lowering/targets.js'
import type { RuntimeName, TriedProvider } from '../platform/runtimes.js'

/** The runtime and the execution provider that compute, and the reasons why others do not. */
export interface RuntimeReport {
  /** The ONNX Runtime package. */
  readonly runtime: RuntimeName
  /** The execution provider: `cpu`, `wasm`, `webgpu`, `cuda`. */
  readonly provider: string
  /** The target that graphs are lowered for. */
  readonly target: Target
  /** The providers that were refused, in the order in which they were tried, each with the reason. */
  readonly tried: readonly TriedProvider[]
  /** The name of the device, where the browser discloses it. */
  readonly adapter?: string
}
