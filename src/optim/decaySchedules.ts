import * as z from 'zod'
import { checkOptions } from '../options.js'
import type { Schedule } from './schedules.js'

const count = z.number().int().min(1)
const gamma = z.number().gt(0)

const stepOptions = z.strictObject({ every: count, gamma: gamma.default(0.1) })

/** Makes a schedule that is multiplied by `gamma` (default 0.1) after every `every` steps: torch's StepLR. */
export function stepSchedule(options: z.input<typeof stepOptions>): Schedule {
  const { every, gamma } = checkOptions(stepOptions, options, 'stepSchedule')
  return (step) => gamma ** Math.floor(step / every)
}

const multiStepOptions = z.strictObject({ milestones: z.array(count).min(1), gamma: gamma.default(0.1) })

/** Makes a schedule that is multiplied by `gamma` (default 0.1) at each of the steps `milestones`: torch's MultiStepLR. */
export function multiStepSchedule(options: z.input<typeof multiStepOptions>): Schedule {
  const { milestones, gamma } = checkOptions(multiStepOptions, options, 'multiStepSchedule')
  return (step) => gamma ** milestones.filter((milestone) => milestone <= step).length
}

const exponentialOptions = z.strictObject({ gamma })

/** Makes a schedule that is multiplied by `gamma` after every step: torch's ExponentialLR. */
export function exponentialSchedule(options: z.input<typeof exponentialOptions>): Schedule {
  const { gamma } = checkOptions(exponentialOptions, options, 'exponentialSchedule')
  return (step) => gamma ** step
}

const polynomialOptions = z.strictObject({ steps: count, power: z.number().gt(0).default(1) })

/**
 * Makes a schedule of (1 - step / steps) ^ power (default 1, a straight line), 0 from step `steps` on: torch's
 * PolynomialLR.
 */
export function polynomialSchedule(options: z.input<typeof polynomialOptions>): Schedule {
  const { steps, power } = checkOptions(polynomialOptions, options, 'polynomialSchedule')
  return (step) => (1 - Math.min(step, steps) / steps) ** power
}
