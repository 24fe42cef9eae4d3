import type { Random } from '../random.js'

/** Draws numbers from 0 to 1 whose sum is 1, from the symmetric Dirichlet distribution: uniform for alpha 1. */
export function drawDirichlet(count: number, alpha: number, random: Random): number[] {
  const parts = Array.from({ length: count }, () => drawGamma(alpha, random))
  const sum = parts.reduce((total, part) => total + part, 0)
  // With a tiny alpha all may be too small for a float64; then one of them has all.
  if (sum === 0) parts[random.integer(0, count - 1)] = 1
  return parts.map((part) => part / (sum || 1))
}

/**
 * Draws from the gamma distribution of scale 1: Marsaglia and Tsang, "A simple method for generating gamma variables",
 * ACM TOMS 26 (2000).
 */
export function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random.next()) ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = random.normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}
