/** The number of the last steps in the mean. */
const WINDOW = 20

/** The duration of a step: the mean over the last steps, each measured from the step before it in the same epoch. */
export class Pace {
  /** The number of steps in an epoch. */
  steps = 0
  readonly #durations: number[] = []
  #last: number | undefined

  /**
   * Adds a finished step.
   *
   * @param now in milliseconds
   */
  add(step: number, steps: number, now: number): void {
    if (step > 1 && this.#last !== undefined) this.#durations.push(now - this.#last)
    if (this.#durations.length > WINDOW) this.#durations.shift()
    this.#last = now
    this.steps = steps
  }

  /** The duration of one step; undefined before two steps of one epoch. */
  get milliseconds(): number | undefined {
    const { length } = this.#durations
    return length === 0 ? undefined : this.#durations.reduce((sum, duration) => sum + duration, 0) / length
  }
}
