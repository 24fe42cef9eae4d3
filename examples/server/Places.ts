import { HttpError } from './HttpError.js'

/** A limit on concurrent work: some more waits in a queue, and the rest is rejected. */
export class Places {
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
  ) {}

  /**
   * Runs work as soon as a place is free.
   *
   * @throws HttpError 503 if the queue is full
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.atOnce) this.#taken++
    else await this.#turn()
    try {
      return await work()
    } finally {
      // The place goes to the work that has waited longest.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#taken--
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.mostWaiting)
      throw new HttpError(503, 'Too many requests at once', { 'retry-after': '1' })
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
