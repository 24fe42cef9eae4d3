/** The number of neighbouring values of the result that are computed together: F(4, 3) of Winograd's algorithm. */
export const TILE = 4
/** The number of values of the input that they need. */
export const TILE_WINDOW = TILE + 2

/**
 * The points 0, +A, -A, +B, -B and infinity at which polynomials are evaluated. Of simple fractions these lose the
 * least to rounding: the result is about two and a half times as far from the exact one as the direct sum of float32
 * products.
 */
export const [A, B] = [5 / 8, 3 / 2]
const POINTS = [0, A, -A, B, -B]

/** The factors of the filter's three rows, as a polynomial, at each point. */
export const FILTER: readonly number[][] = [...POINTS.map((p) => [1, p, p * p]), [0, 0, 1]]

/** The factors of six rows of the input at each point: the coefficients of the polynomials that interpolate there. */
export const INPUT: readonly number[][] = [
  [1, 0, -(1 / A ** 2 + 1 / B ** 2), 0, 1 / (A * B) ** 2, 0],
  ...POINTS.slice(1).map((p) => {
    const other = A ** 2 + B ** 2 - p ** 2
    return [0, -p * other, -other, p, 1, 0].map((value) => value / (2 * p ** 2 * (p ** 2 - other)))
  }),
  [0, (A * B) ** 2, 0, -(A ** 2 + B ** 2), 0, 1],
]

/** The factors of four rows of the result, and so of the gradient of each row: the powers of each point. */
export const RESULT: readonly number[][] = [...POINTS.map((p) => [1, p, p ** 2, p ** 3]), [0, 0, 0, 1]]
