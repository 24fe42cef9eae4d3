import type { Random } from '../../random.js'

/** Draws from the beta distribution with both parameters alpha: g / (g + h) of two gamma variates. */
export function drawBeta(alpha: number, random: Random): number {
  const [g, h] = [drawLogGamma(alpha, random), drawLogGamma(alpha, random)]
  return 1 / (1 + Math.exp(h - g))
}

/**
 * Draws the logarithm of a gamma variate, which does not underflow for a small alpha: Marsaglia and Tsang (2000), "A
 * simple method for generating gamma variables".
 */
function drawLogGamma(alpha: number, random: Random): number {
  if (alpha < 1) return drawLogGamma(alpha + 1, random) + Math.log(1 - random.next()) / alpha
  const d = alpha - 1 / 3
  for (;;) {
    const x = random.normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random.next()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v)
  }
}
