import { short } from './numbers.js'

/** The scale of an axis: the place of a value on it, from 0 to 1, and the values of its labels. */
export interface Scale {
  place(value: number): number
  readonly ticks: readonly { readonly value: number; readonly label: string }[]
}

/** Returns a linear scale from the step below the lowest value to the step above the highest, in round steps. */
export function linear(values: readonly number[], label: (value: number) => string = short, most = 5): Scale {
  const [low, high] = rangeOf(values)
  const step = roundStep((high - low) / most)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1)
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
  return {
    place: (value) => (value / step - first) / (last - first),
    ticks: ticks.map((value) => ({ value, label: label(value) })),
  }
}

/** Returns a logarithmic scale of three orders of magnitude at most: smaller values are on its edge. */
export function logarithmic(values: readonly number[]): Scale {
  const [low, high] = rangeOf(values)
  const first = Math.floor(Math.log10(Math.max(low, high / 1000)) + 1e-9)
  const last = Math.max(Math.ceil(Math.log10(high) - 1e-9), first + 1)
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return {
    place: (value) => Math.max((Math.log10(value) - first) / (last - first), 0),
    ticks: powers.map((power) => ({ value: 10 ** power, label: short(10 ** power) })),
  }
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return [0, 1]
  return low === high ? [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2] : [low, high]
}

/** Computes the smallest of 1, 2, 5, 10, ... (and their tenths) that is not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10)
}
