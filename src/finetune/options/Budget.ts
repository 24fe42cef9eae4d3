import { z } from 'zod'

const PATTERN = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/

/** Seconds, or a text such as `'90s'`, `'10m'`, `'1h30m'`; as seconds. */
export const budgetSchema = z
  .union([z.number(), z.string()])
  .transform((value) => (typeof value === 'string' ? secondsOf(value) : value))
  .refine((seconds) => seconds > 0, "a time above 0: seconds, or a text such as '90s', '10m', '1h30m'")

function secondsOf(text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = PATTERN.exec(text) ?? []
  return 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds)
}

/** What a budget remembers. */
export interface BudgetState {
  /** Seconds from the start of the run to that of training. */
  readonly since: number
  /** In the schedule. */
  readonly position: number
  /** Seconds that a step takes, and the validation of an epoch. */
  readonly step: number
  readonly validation: number
}

/** How far a run has come: optimizer steps, and seconds since its start. */
interface Elapsed {
  readonly updates: number
  readonly seconds: number
}

/** The time that a run may take. It decides when training ends, and how far the learning rates' schedule has come. */
export class Budget {
  #since: number | undefined
  /** The schedule never goes back, though what is left of the time is measured better and better. */
  #position = 0
  /** Mean over the steps but the first, in which the models are opened. */
  #step = 0
  #steps = 0
  #validation: number | undefined

  /**
   * @param seconds of the whole run. Default: as long as it takes
   * @param updates optimizer steps of the whole run, where the time is enough for all its epochs
   * @param validationBatches batches of a validation; 0 without
   * @param before what was measured before the run was resumed
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

  /** What a checkpoint keeps. */
  get state(): BudgetState | undefined {
    if (this.#since === undefined) return undefined
    return { since: this.#since, position: this.#position, step: this.#step, validation: this.#reserve }
  }

  /** A step has taken so long, in seconds. */
  stepped(seconds: number): void {
    if (this.#steps > 0) this.#step += (seconds - this.#step) / this.#steps
    this.#steps++
  }

  /** A validation has taken so long, in seconds, without what it computes once. */
  validated(seconds: number): void {
    this.#validation = seconds
  }

  /**
   * Where in the schedule the next update is, counted in its steps: after those that are done, or further where the time that
   * has passed says so. (Time in place of steps: budgeted training, arXiv 1905.04753.)
   */
  positionOf({ updates, seconds }: Elapsed): number {
    if (this.seconds === undefined) return updates
    this.#since ??= seconds
    const whole = this.seconds - this.#reserve - this.#step - this.#since
    const share = whole > 0 ? Math.min((seconds - this.#since) / whole, 1) : 1
    this.#position = Math.max(this.#position, updates, Math.floor(share * (this.updates - 1)))
    return this.#position
  }

  /** Whether there is no time for another step and the validation after it. Until a step has been measured there is. */
  isOver({ seconds }: Elapsed): boolean {
    return this.seconds !== undefined && this.#step > 0 && seconds + this.#step + this.#reserve > this.seconds
  }

  /** Seconds that are left; undefined where there is no budget. */
  left({ seconds }: Elapsed): number | undefined {
    return this.seconds === undefined ? undefined : Math.max(0, this.seconds - seconds)
  }

  /** Seconds for the validation at the end. Until one has been measured, a training step for each of its batches: more than it takes. */
  get #reserve(): number {
    return this.#validation ?? this.validationBatches * this.#step
  }
}
