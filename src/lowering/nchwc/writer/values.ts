import type { Name } from '../layout/dims.js'
import type { Affine } from '../ops/elementwise.js'
import type { DeferredConv, SumByPhase } from '../ops/spatial.js'

/**
 * The blocked form of an official value. All but `tensors` are lazy: they are computed when something needs them
 * themselves, or are folded into the nodes after them.
 */
export type Value =
  /** One tensor; or four, the phases (0,0), (0,1), (1,0), (1,1) of a map of twice their height and width. */
  | { readonly kind: 'tensors'; readonly parts: readonly Name[] }
  /** Batch norm, possibly with a residual, part by part. */
  | { readonly kind: 'affine'; readonly parts: readonly Affine[] }
  /** The product a * u for each channel: the gradient of batch norm. */
  | { readonly kind: 'scaled'; readonly u: readonly Name[]; readonly a: Name }
  /** The product of two tensors, for a sum that does not need it in memory. */
  | { readonly kind: 'product'; readonly factors: readonly [Name, Name] }
  /** A convolution that can include a sum. */
  | { readonly kind: 'convolution'; readonly write: DeferredConv }
  /** Phases that are sums of convolutions, to be interleaved. */
  | { readonly kind: 'sum by phase'; readonly phases: SumByPhase }
