import * as z from 'zod'
import type { Model } from '../../model/Model.js'
import { type ParameterPattern, parameterPattern } from '../../model/patterns.js'
import type { Optimizer } from '../../optim/Optimizer.js'
import type { Schedule } from '../../optim/schedules.js'
import { functionSchema } from '../../options.js'
import type { FineTuneOptions, RunLength } from './options.js'
import { endShape } from './swaOptions.js'

/** A phase of a run: what it trains, for how long, and at which rates. */
export interface Phase {
  /** The number of passes over the training images. */
  readonly epochs: number
  /** The parameters that the phase does not train, besides those that are frozen in the model. Default: none. */
  readonly freeze?: ParameterPattern | undefined
  /** The learning rate of `adamW(model, { lr })`, in the place of an optimizer. */
  readonly lr?: number | undefined
  /** The function that makes the optimizer of the parameters that the phase trains. */
  readonly optimizer?: ((model: Model) => Optimizer) | undefined
  /** The function that makes the schedule of the phase, of its own steps. Default: that of the run. */
  readonly schedule?: ((phase: RunLength) => Schedule) | undefined
}

/** The options of `fineTune` that have no meaning for a run of phases. */
const LEFT_OUT = [
  'epochs',
  'optimizer',
  'budget',
  'cluster',
  'shards',
  'localSteps',
  'sharedDirectory',
  'transport',
] as const

/** The options of `fineTunePhases`: those of `fineTune`, and phases. */
export interface PhasedOptions extends Omit<FineTuneOptions, (typeof LEFT_OUT)[number]> {
  /**
   * The phases, one after the other: `[{ freeze: { upTo: 'layer4' }, epochs: 1, lr: 2e-3 }, { epochs: 5, lr: 1e-4 }]`.
   * Each begins with the weights that the one before it ended with, and with a new optimizer.
   */
  readonly phases: readonly Phase[]
}

const phase = z
  .strictObject({
    epochs: z.int().min(1),
    freeze: parameterPattern.optional(),
    lr: z.number().positive().optional(),
    optimizer: functionSchema<(model: Model) => Optimizer>().optional(),
    schedule: functionSchema<(phase: RunLength) => Schedule>().optional(),
  })
  .refine(({ lr, optimizer }) => (lr === undefined) !== (optimizer === undefined), {
    path: ['optimizer'],
    error: 'a function that makes an optimizer, or left out with lr',
  })
const leftOut = z.undefined('left out, with phases').optional()

/** The schema of the part of `PhasedOptions` that differs from that of other runs, or is read before they are checked. */
export const phasedSchema = z.looseObject({
  phases: z.array(phase).min(1),
  swa: endShape.swa,
  ...Object.fromEntries(LEFT_OUT.map((name) => [name, leftOut])),
})
