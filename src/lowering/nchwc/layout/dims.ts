/** A tensor in the lowered graph, by name. Blocked ones hold [N, C/B, H, W, B] and are declared as [N, C, H, W]. */
export type Name = string

/** [N, C, H, W] of a tensor, [O, I, kh, kw] of a filter. */
export type Dims = readonly [number, number, number, number]

export type Phase = 0 | 1 | 2 | 3

/** Rows and columns where each phase of a feature map begins: every second row and column from there on. */
export const PHASES = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const
