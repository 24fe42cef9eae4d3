/** The name of a tensor in the lowered graph. Blocked ones hold [N, C/B, H, W, B] and are declared as [N, C, H, W]. */
export type Name = string

/** The sizes [N, C, H, W] of a tensor, [O, I, kh, kw] of a filter. */
export type Dims = readonly [number, number, number, number]

export type Phase = 0 | 1 | 2 | 3

/** The row and the column at which each phase of a feature map begins: every second row and column from there on. */
export const PHASES = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const
