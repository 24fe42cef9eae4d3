import * as z from 'zod'
import { checkArgument, kinds } from '../arguments.js'
import { checkOptions } from '../options.js'

/** A function of the step, counted from 0, that returns the factor of each group's learning rate. */
export type Schedule = (step: number) => number

const steps = z.number().int().min(1)
const factor = z.number().min(0)

/** Makes a schedule that keeps the groups' own learning rates. */
export const constantSchedule = (): Schedule => () => 1

const cosineOptions = z.strictObject({ steps, minFactor: factor.default(0) })

/**
 * Makes a schedule of half a cosine from 1 down to `minFactor` (default 0) at step `steps`, then constant. torch's
 * CosineAnnealingLR with T_max = steps and eta_min = minFactor * lr: min + (1 - min) * (1 + cos(pi * step / steps)) /
 * 2.
 */
export function cosineSchedule(options: z.input<typeof cosineOptions>): Schedule {
  const { steps, minFactor } = checkOptions(cosineOptions, options, 'cosineSchedule')
  return (step) => halfCosine(1, minFactor, Math.min(step, steps) / steps)
}

const oneCycleOptions = z.strictObject({
  steps: z.number().int().min(2),
  warmupShare: z.number().gt(0).lt(1).default(0.3),
  divFactor: z.number().gt(0).default(25),
  finalDivFactor: z.number().gt(0).default(1e4),
  anneal: z.enum(['cos', 'linear']).default('cos'),
})

/**
 * Makes a schedule from 1 / divFactor (default 25) up to 1 after `warmupShare` (default 0.3) of the steps, then down to
 * 1 / (divFactor * finalDivFactor) (default 1e4) at the last step, along half cosines (`anneal` 'cos', the default) or
 * straight lines ('linear'): torch's OneCycleLR, whose max_lr is the group's learning rate (momentum is not changed).
 */
export function oneCycleSchedule(options: z.input<typeof oneCycleOptions>): Schedule {
  const { steps, warmupShare, divFactor, finalDivFactor, anneal } = checkOptions(
    oneCycleOptions,
    options,
    'oneCycleSchedule',
  )
  const blend = anneal === 'cos' ? halfCosine : line
  const [first, last, peak] = [1 / divFactor, 1 / (divFactor * finalDivFactor), warmupShare * steps - 1]
  return (step) => {
    const at = Math.min(step, steps - 1)
    return at < peak ? blend(first, 1, at / peak) : blend(1, last, (at - peak) / (steps - 1 - peak))
  }
}

const warmupOptions = z.strictObject({
  steps,
  startFactor: z
    .number()
    .gt(0)
    .max(1)
    .default(1 / 3),
})

/**
 * Makes a schedule of a straight line from `startFactor` (default 1/3) up to 1 over `steps` steps (torch's LinearLR),
 * then `next`, counted from its own 0. Default: constant.
 */
export function linearWarmupSchedule(
  options: z.input<typeof warmupOptions>,
  next: Schedule = constantSchedule(),
): Schedule {
  checkArgument('linearWarmupSchedule: next', next, kinds.call)
  const { steps, startFactor } = checkOptions(warmupOptions, options, 'linearWarmup')
  return (step) => (step < steps ? line(startFactor, 1, step / steps) : next(step - steps))
}

const line = (from: number, to: number, share: number): number => from + (to - from) * share
const halfCosine = (from: number, to: number, share: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2
