import type { Random } from '../../random.js'
import { drawGamma } from '../../transforms/dirichlet.js'

/** Draws from the beta distribution with both parameters alpha: g / (g + h) of two gamma variates. */
export function drawBeta(alpha: number, random: Random): number {
  const [g, h] = [drawLogGamma(alpha, random), drawLogGamma(alpha, random)]
  return 1 / (1 + Math.exp(h - g))
}

/** Draws the logarithm of a gamma variate, which does not underflow for a small alpha. */
function drawLogGamma(alpha: number, random: Random): number {
  if (alpha < 1) return drawLogGamma(alpha + 1, random) + Math.log(1 - random.next()) / alpha
  return Math.log(drawGamma(alpha, random))
}
