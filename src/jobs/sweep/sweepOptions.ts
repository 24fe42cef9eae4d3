import * as z from 'zod'
import { type ClusterOption, clusterSchema } from '../../cluster/withCluster.js'
import { baseError } from '../../errors.js'
import { checkOptions, functionSchema } from '../../options.js'
import type { SweepRun } from './SweepRun.js'
import { searchSchema } from './searchSpace.js'

/** A range of numbers to draw from. */
export interface SearchRange {
  readonly from: number
  readonly to: number
  /** True if the logarithm is drawn uniformly, as for learning rates. @default false */
  readonly log?: boolean | undefined
  /** True for whole numbers. @default false */
  readonly whole?: boolean | undefined
}

export interface SweepOptions {
  /** The images, as `onnx-finetune train` takes them: a folder or a project. All workers read it. */
  readonly images: string
  /** The directory for the runs, the table of them and the page that compares them. All workers write into it. */
  readonly out: string
  /** The options that are searched, by their names in `onnx-finetune train`: values to choose from, or a range. */
  readonly search: Readonly<Record<string, readonly unknown[] | SearchRange>>
  /** The options that all runs have, by their names in `onnx-finetune train`. Default: none */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /**
   * `'grid'`: all combinations of the values. `'random'`: a number of draws. `'asha'`: a number of draws, and longer runs
   * of the better ones (asynchronous successive halving). @default 'random'
   */
  readonly method?: 'grid' | 'random' | 'asha' | undefined
  /** The number of draws. Not with `'grid'`. @default 16 */
  readonly runs?: number | undefined
  /** The seed of the draws. Not with `'grid'`. @default 0 */
  readonly seed?: number | undefined
  /** The measure on the validation images by which runs are compared. @default 'accuracy' */
  readonly metric?: 'accuracy' | 'loss' | undefined
  /**
   * The epochs of the first run of each draw, with `'asha'`. The longest runs have the `epochs` of `options`, 9 if there
   * are none. @default 1
   */
  readonly leastEpochs?: number | undefined
  /**
   * The ratio of halving, with `'asha'`: the best 1 / `factor` of the runs of a length are run again, `factor` times as
   * long. @default 3
   */
  readonly factor?: number | undefined
  /** The processes that carry out the runs. @default 'local' */
  readonly cluster?: ClusterOption | undefined
  /** The attempts at a run before it counts as failed. @default 5 */
  readonly attempts?: number | undefined
  /** Called whenever a run has ended, with all that have, the best first. */
  readonly onProgress?: ((runs: readonly SweepRun[]) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  images: z.string().min(1),
  out: z.string().min(1),
  search: searchSchema,
  options: z.record(z.string(), z.json()).default({}),
  method: z.enum(['grid', 'random', 'asha']).default('random'),
  runs: z.int().min(1).default(16),
  seed: z.int().default(0),
  metric: z.enum(['accuracy', 'loss']).default('accuracy'),
  leastEpochs: z.int().min(1).default(1),
  factor: z.int().min(2).default(3),
  cluster: clusterSchema.default('local'),
  attempts: z.int().min(1).optional(),
  onProgress: functionSchema<(runs: readonly SweepRun[]) => void>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
})
export type SweepSettings = z.output<typeof schema>

/** The methods that options belong to which others do not have. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  runs: ['random', 'asha'],
  seed: ['random', 'asha'],
  leastEpochs: ['asha'],
  factor: ['asha'],
}

/** The options of `train` whose files each run has in its own directory, and those that say how it is run. */
const OWN = [
  'export',
  'save',
  'save-project',
  'report',
  'metrics',
  'tensorboard',
  'checkpoint',
  'resume',
  'config',
  'json',
]

/** The epochs of the longest runs with halving, if none are given: three rungs at the usual factor. */
const LONGEST = 9

/** Checks the options of a sweep and fills in the defaults. @throws FineTuneError 'options/invalid' */
export function checkSweepOptions(given: SweepOptions): SweepSettings {
  const settings = checkOptions(schema, given, 'sweep')
  const { method, search, options } = settings
  for (const [name, methods] of Object.entries(METHODS)) {
    const received = given[name as keyof SweepOptions]
    if (received !== undefined && !methods.includes(method))
      refuse(name, received, `left out, as method is '${method}'`)
  }
  for (const name of OWN)
    for (const [part, named] of Object.entries({ search, options }))
      if (Object.hasOwn(named, name)) refuse(`${part}.${name}`, named[name], 'left out: each run has its own')
  for (const name of Object.keys(search))
    if (Object.hasOwn(options, name)) refuse(`options.${name}`, options[name], 'left out, as it is in search')
  if (method === 'grid') demandLists(settings)
  if (method === 'asha') demandRungs(settings)
  return settings
}

function demandLists({ search }: SweepSettings): void {
  for (const [name, of] of Object.entries(search))
    if (!Array.isArray(of)) refuse(`search.${name}`, of, "a list of values, as method is 'grid'")
}

function demandRungs({ search, options: { epochs = LONGEST }, leastEpochs }: SweepSettings): void {
  if (Object.hasOwn(search, 'epochs')) refuse('search.epochs', search.epochs, "left out, as method is 'asha'")
  const isWhole = Number.isSafeInteger(epochs) && Number(epochs) >= leastEpochs
  if (!isWhole) refuse('options.epochs', epochs, `a whole number of at least leastEpochs, ${leastEpochs}`)
}

function refuse(option: string, received: unknown, expected: string): never {
  throw baseError('options/invalid', { option: `sweep: ${option}`, received, expected })
}

/**
 * Lists the epochs of the rungs: `leastEpochs`, times `factor`, and so on; the last has all epochs. Without halving there
 * is one rung, with the epochs that the options of a run have.
 */
export function rungsOf({ method, options, leastEpochs, factor }: SweepSettings): readonly (number | undefined)[] {
  if (method !== 'asha') return [undefined]
  const longest = Number(options.epochs ?? LONGEST)
  const rungs: number[] = []
  for (let epochs = leastEpochs; epochs * factor <= longest; epochs *= factor) rungs.push(epochs)
  return [...rungs, longest]
}
