import * as z from 'zod'
import { type Random, seededRandom } from '../../random.js'

/** The values of an option to choose from: a list, or a range of numbers. */
const range = z
  .strictObject({
    from: z.number(),
    to: z.number(),
    /** True if the logarithm is drawn uniformly, as for learning rates. */
    log: z.boolean().default(false),
    whole: z.boolean().default(false),
  })
  .refine(({ from, to, log }) => from < to && (!log || from > 0), 'a range with from below to, and above 0 with log')

const values = z.array(z.json()).min(1)

/** The options to search, by their names in `onnx-finetune train`. */
export const searchSchema = z.record(z.string(), z.union([values, range]))
export type Search = z.output<typeof searchSchema>

/** The settings of a run: a value for each option that is searched. */
export type Settings = Readonly<Record<string, unknown>>

/** Lists all combinations of the values, in the order of the options. A range is none: `grid` needs lists. */
export function grid(search: Search): Settings[] {
  const lists = Object.entries(search).map(([name, of]) => [name, of as readonly unknown[]] as const)
  return lists.reduce<Settings[]>(
    (combinations, [name, list]) =>
      combinations.flatMap((settings) => list.map((value) => ({ ...settings, [name]: value }))),
    [{}],
  )
}

/** Draws the settings of a number of runs. A run's depend on the seed and its number alone. */
export const drawn = (search: Search, runs: number, seed: number): Settings[] =>
  Array.from({ length: runs }, (_, run) => {
    const random = seededRandom(seed, 'sweep', run)
    return Object.fromEntries(Object.entries(search).map(([name, of]) => [name, drawOf(of, random)]))
  })

function drawOf(of: Search[string], random: Random): unknown {
  if (Array.isArray(of)) return of[random.integer(0, of.length - 1)]
  const { from, to, log, whole } = of
  const value = log ? Math.exp(random.uniform(Math.log(from), Math.log(to))) : random.uniform(from, to)
  return whole ? Math.round(value) : Number(value.toPrecision(4))
}
