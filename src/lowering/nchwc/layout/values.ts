/** A tensor in the lowered graph, by name. Blocked ones hold [N, C/B, H, W, B] and are declared as [N, C, H, W]. */
export type Name = string

/** [N, C, H, W] of a tensor, [O, I, kh, kw] of a filter. */
export type Dims = readonly [number, number, number, number]

/**
 * What is known of a value of the official graph while its lowered form is written. A value that is not here is plain:
 * it has its own name and the standard layout. Lazy forms are computed when something needs them, or are folded into
 * what comes after them.
 */
export interface Value {
  /** Blocked tensors: one; or four, the phases (0,0), (0,1), (1,0), (1,1) of a value of twice their height and width. */
  parts?: readonly Name[]
  /** Makes `parts`. */
  make?: () => readonly Name[]
  /** Whether the value exists under its own name too, in the standard layout. */
  plain?: boolean
  /** a * x + b + add for each channel: batch norm, before ReLU takes it in. */
  affine?: { readonly x: readonly Name[]; readonly a: Name; readonly b: Name; readonly add?: Name }
  /** a * u for each channel: the gradient of batch norm, whose factor goes into the weights that follow. */
  scaled?: { readonly u: readonly Name[]; readonly a: Name }
  /** A convolution that can take a sum in. */
  deferred?: Deferred
  /** By phase, the convolutions whose sum it is: the gradient of an input that was read with stride 2. */
  phased?: ReadonlyMap<Phase, readonly Deferred[]>
  /** The gradient of a ReLU's output that is zero wherever that output is: the mask changes nothing. */
  masked?: boolean
}

/** Writes the convolution, added to an existing tensor if one is given. */
export type Deferred = (add?: Name) => Name

export type Phase = 0 | 1 | 2 | 3
/** Rows and columns where each phase begins. */
export const PHASES = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const
