import * as z from 'zod'

const PATTERN = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/

/** The schema of a duration: seconds, or a text such as `'90s'`, `'10m'`, `'1h30m'`; the output is in seconds. */
export const budgetSchema = z
  .union([z.number(), z.string()])
  .transform((value) => (typeof value === 'string' ? secondsOf(value) : value))
  .refine((seconds) => seconds > 0, "a time above 0: seconds, or a text such as '90s', '10m', '1h30m'")

function secondsOf(text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = PATTERN.exec(text) ?? []
  return 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds)
}

/** The state of a budget, for checkpoints. */
export interface BudgetState {
  /** The seconds from the start of the run to that of training. */
  readonly since: number
  /** The position in the schedule. */
  readonly position: number
  /** The seconds that a step takes, and the validation of an epoch. */
  readonly step: number
  readonly validation: number
}

/** The progress of a run: optimizer steps, and seconds since its start. */
interface Elapsed {
  readonly updates: number
  readonly seconds: number
}

/** The time budget of a run. It decides when training ends, and the position in the learning rates' schedule. */
export class Budget {
  #since: number | undefined
  /** The schedule never goes back, although the estimate of the remaining time improves. */
  #position = 0
  /** The mean over the steps except the first, in which the models are opened. */
  #step = 0
  #steps = 0
  #validation: number | undefined

  /**
   * @param seconds of the whole run. Default: unlimited
   * @param updates optimizer steps of the whole run, if the time is enough for all its epochs
   * @param validationBatches batches of a validation; 0 without
   * @param before the measurements from before the run was resumed
   */
  constructor(
    private readonly seconds: number | undefined,
    private readonly updates: number,
    private readonly validationBatches: number,
    before?: BudgetState,
  ) {
    if (!before) return
    this.#since = before.since
    this.#position = before.position
    this.#validation = before.validation
    this.#step = before.step
  }

  /** The state that a checkpoint keeps. */
  get state(): BudgetState | undefined {
    if (this.#since === undefined) return undefined
    return { since: this.#since, position: this.#position, step: this.#step, validation: this.#reserve }
  }

  /** Records the duration of a step, in seconds. */
  stepped(seconds: number): void {
    if (this.#steps > 0) this.#step += (seconds - this.#step) / this.#steps
    this.#steps++
  }

  /** Records the duration of a validation, in seconds, without the part that it computes once. */
  validated(seconds: number): void {
    this.#validation = seconds
  }

  /**
   * Returns the position of the next update in the schedule, counted in its steps: after those that are done, or
   * further if the time that has passed says so. (Time in place of steps: budgeted training, arXiv 1905.04753.)
   */
  positionOf({ updates, seconds }: Elapsed): number {
    if (this.seconds === undefined) return updates
    this.#since ??= seconds
    const whole = this.seconds - this.#reserve - this.#step - this.#since
    const share = whole > 0 ? Math.min((seconds - this.#since) / whole, 1) : 1
    this.#position = Math.max(this.#position, updates, Math.floor(share * (this.updates - 1)))
    return this.#position
  }

  /**
   * Tells whether there is no time for another step and the validation after it. Until a step has been measured there
   * is.
   */
  isOver({ seconds }: Elapsed): boolean {
    return this.seconds !== undefined && this.#step > 0 && seconds + this.#step + this.#reserve > this.seconds
  }

  /** Returns the seconds that are left; undefined without a budget. */
  left({ seconds }: Elapsed): number | undefined {
    return this.seconds === undefined ? undefined : Math.max(0, this.seconds - seconds)
  }

  /**
   * The seconds for the validation at the end. Until one has been measured, a training step for each of its batches: an
   * upper bound.
   */
  get #reserve(): number {
    return this.#validation ?? this.validationBatches * this.#step
  }
}
