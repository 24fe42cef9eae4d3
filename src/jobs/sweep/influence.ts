import { type Metric, type SweepRun, scoreOf } from './SweepRun.js'

/** The results of the runs that have a value of a setting, or one from a range of it. */
export interface ValueResults {
  readonly value: string
  readonly scores: readonly number[]
}

/** The part that a setting has in the differences between runs. */
export interface Influence {
  readonly name: string
  /** The share of the variance that the setting alone explains, from 0 to 1; undefined if too few runs tell. */
  readonly share: number | undefined
  readonly values: readonly ValueResults[]
}

/** The most ranges that the drawn numbers of a setting are divided into, and the least runs in one. */
const MOST_RANGES = 4
const LEAST_IN_RANGE = 3

/**
 * Computes how much each setting mattered, the most first: the share of the variance of the results between runs that
 * its values explain, by themselves (one-way analysis of variance), as epsilon squared, which is near 0 for a setting
 * without effect, whatever the number of its values (Kelley, "An unbiased correlation ratio measure", 1935).
 * Numbers that were drawn from a range are divided into ranges with equal numbers of runs. Only runs of the first rung
 * are compared: with halving, all of these have the same epochs.
 */
export function influences(runs: readonly SweepRun[], metric: Metric): Influence[] {
  const compared = runs
    .filter(({ rung }) => rung === 0)
    .map(({ settings, result }) => ({ settings, score: scoreOf(result, metric) }))
    .filter(({ score }) => Number.isFinite(score))
  const names = [...new Set(compared.flatMap(({ settings }) => Object.keys(settings)))]
  return names
    .map((name) => {
      const values = byValue(compared.map(({ settings, score }) => ({ value: settings[name], score })))
      return { name, values, share: epsilonSquared(values.map(({ scores }) => scores)) }
    })
    .sort((a, b) => (b.share ?? -1) - (a.share ?? -1))
}

interface Scored {
  readonly value: unknown
  readonly score: number
}

function byValue(scored: readonly Scored[]): ValueResults[] {
  if (scored.every(isNumber)) {
    const distinct = new Set(scored.map(({ value }) => value))
    const sorted = scored.toSorted((a, b) => a.value - b.value)
    return distinct.size > MOST_RANGES ? byRange(sorted) : byEqual(sorted)
  }
  return byEqual(scored)
}

const isNumber = (scored: Scored): scored is Scored & { readonly value: number } => typeof scored.value === 'number'

function byEqual(scored: readonly Scored[]): ValueResults[] {
  const groups = new Map<string, number[]>()
  for (const { value, score } of scored) {
    const group = groups.get(shown(value))
    if (group) group.push(score)
    else groups.set(shown(value), [score])
  }
  return [...groups].map(([value, scores]) => ({ value, scores }))
}

function byRange(sorted: readonly Scored[]): ValueResults[] {
  const ranges = Math.max(1, Math.min(MOST_RANGES, Math.floor(sorted.length / LEAST_IN_RANGE)))
  return Array.from({ length: ranges }, (_, i) => {
    const edge = (at: number) => Math.floor((at * sorted.length) / ranges)
    const range = sorted.slice(edge(i), edge(i + 1))
    const value = `${shown(range[0]!.value)} to ${shown(range.at(-1)!.value)}`
    return { value, scores: range.map(({ score }) => score) }
  })
}

export const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/**
 * Computes epsilon squared of groups: 1 - (the variance within groups) / (the variance of all), each by its degrees of
 * freedom; not below 0.
 */
export function epsilonSquared(groups: readonly (readonly number[])[]): number | undefined {
  const all = groups.flat()
  const [within, total] = [groups.map(squares).reduce((sum, of) => sum + of, 0), squares(all)]
  const freedom = all.length - groups.length
  if (groups.length < 2 || freedom < 1 || total === 0) return undefined
  return Math.max(0, 1 - within / freedom / (total / (all.length - 1)))
}

/** Computes the sum of the squared distances from the mean. */
function squares(values: readonly number[]): number {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
