/** Returns the position inside a line of `length` that stands for a position outside it. */
export type Border = (position: number, length: number) => number

const modulo = (value: number, period: number): number => ((value % period) + period) % period

/** The borders of an image or of another tensor beyond its edges, as in numpy's `pad`. */
export const borders = {
  /** a a [a b c] c c */
  edge: (position, length) => Math.min(Math.max(position, 0), length - 1),
  /** c b [a b c] b a */
  reflect(position, length) {
    if (length === 1) return 0
    const at = modulo(position, 2 * (length - 1))
    return at < length ? at : 2 * (length - 1) - at
  },
  /** b a [a b c] c b */
  symmetric(position, length) {
    const at = modulo(position, 2 * length)
    return at < length ? at : 2 * length - 1 - at
  },
  /** b c [a b c] a b */
  wrap: (position, length) => modulo(position, length),
} as const satisfies Record<string, Border>
