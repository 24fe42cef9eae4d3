/** The losses of a run whose learning rate grows with every step, and the rates that they suggest. */
export interface LearningRateCurve {
  /** The rate of each step: that of the group with the largest one. */
  readonly rates: readonly number[]
  /** The loss of each step. */
  readonly losses: readonly number[]
  /** The smoothed losses: a running mean in which each step has a share of 0.02, without bias at the start. */
  readonly smoothed: readonly number[]
  /** The rate a third into the longest descent: a safe choice. Undefined where the curve is too short. */
  readonly valley?: number | undefined
  /** The rate where the loss falls most steeply: the upper end. Undefined where the curve is too short. */
  readonly steep?: number | undefined
}

/** The share of the running mean that a step keeps. */
const KEPT = 0.98

/** Smooths losses as fastai's recorder. */
export function smoothed(losses: readonly number[]): number[] {
  let mean = 0
  return losses.map((loss, i) => {
    mean = KEPT * mean + (1 - KEPT) * loss
    return mean / (1 - KEPT ** (i + 1))
  })
}

/**
 * Returns the rates that a curve suggests, as fastai: without the first tenth of the planned steps and the last five,
 * where the loss explodes.
 */
export function suggestionsOf(
  rates: readonly number[],
  losses: readonly number[],
  planned: number,
): Pick<LearningRateCurve, 'valley' | 'steep'> {
  const [first, last] = [Math.floor(planned / 10), rates.length - 5]
  const [x, y] = [rates.slice(first, last), losses.slice(first, last)]
  if (last - first < 2) return {}
  return { valley: x[valleyOf(y)], steep: x[steepestOf(x, y)] }
}

/** Returns a place in the middle of the first two thirds of the longest decreasing subsequence. */
function valleyOf(losses: readonly number[]): number {
  const lengths = losses.map(() => 1)
  let end = 0
  for (const [i, loss] of losses.entries()) {
    for (let j = 0; j < i; j++) if (loss < losses[j]!) lengths[i] = Math.max(lengths[i]!, lengths[j]! + 1)
    if (lengths[i]! > lengths[end]!) end = i
  }
  // A descent may skip steps, so its length is at most the distance that it covers.
  const start = end - lengths[end]!
  const third = (end - start) / 3
  return Math.max(start + Math.trunc(third) + Math.trunc(third / 2), 0)
}

/** Returns the place where the loss falls most per logarithm of the rate. */
function steepestOf(rates: readonly number[], losses: readonly number[]): number {
  const slopes = rates.slice(1).map((rate, i) => (losses[i + 1]! - losses[i]!) / Math.log(rate / rates[i]!))
  return slopes.indexOf(Math.min(...slopes))
}
