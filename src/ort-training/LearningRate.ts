import * as z from 'zod'
import type { OptimizerGroupState } from '../contract/CheckpointState.js'
import { constantSchedule, type Schedule } from '../optim/schedules.js'
import { checkOptions } from '../options.js'
import { rate, schedule } from './options.js'

/** The learning rates of the parameter groups: a rate each, times the schedule's factor for the step. */
export class LearningRate {
  #rates: Readonly<Record<string, number>>
  #schedule: Schedule = constantSchedule()
  /** The number of optimizer steps that are done or in progress. */
  #step: number

  /** @param saved the state of an optimizer to resume from, if any */
  constructor(
    groups: readonly { readonly name: string; readonly lr: number }[],
    saved: readonly OptimizerGroupState[],
  ) {
    const rates = groups.map(({ name, lr }) => {
      const group = saved.find((candidate) => candidate.name === name)
      return [name, group ? decimal(group.learningRate) : lr] as const
    })
    this.#rates = Object.fromEntries(rates)
    this.#step = saved[0]?.step ?? 0
  }

  get rates(): Readonly<Record<string, number>> {
    return this.#rates
  }

  /** Sets the rate of all groups. @throws FineTuneError 'options/invalid' */
  setAll(all: number): void {
    const checked = checkOptions(rate, all, 'learningRate')
    this.set(Object.fromEntries(Object.keys(this.#rates).map((name) => [name, checked])))
  }

  /** Sets rates by group. @throws FineTuneError 'options/invalid' */
  set(rates: Readonly<Record<string, number>>): void {
    const names = Object.keys(this.#rates)
    const known = z.strictObject(Object.fromEntries(names.map((name) => [name, rate.optional()])))
    this.#rates = { ...this.#rates, ...(checkOptions(known, rates, 'learningRates') as Record<string, number>) }
  }

  get schedule(): Schedule {
    return this.#schedule
  }

  /** Sets the schedule. @throws FineTuneError 'options/invalid' */
  set schedule(value: Schedule) {
    this.#schedule = checkOptions(schedule, value, 'schedule')
  }

  /** Takes a step with the current rates. One that fails does not count. */
  async step(update: (rates: Readonly<Record<string, number>>) => Promise<void>): Promise<void> {
    const factor = this.#schedule(this.#step)
    const rates = Object.fromEntries(Object.entries(this.#rates).map(([name, value]) => [name, value * factor]))
    this.#step++
    try {
      await update(rates)
    } catch (error) {
      this.#step--
      throw error
    }
  }
}

/**
 * Rounds a float32 of a checkpoint to the shortest decimal that reads as the same float32: 0.001 for
 * 0.0010000000474974513.
 */
const decimal = (value: number): number => Number(value.toPrecision(7))
