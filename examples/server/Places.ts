import { HttpError } from './HttpError.js'

/** So much work at once; some more waits for its turn, and the rest is sent away. */
export class Places {
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
  ) {}

  /** @throws HttpError 503 where too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.atOnce) this.#taken++
    else await this.#turn()
    try {
      return await work()
    } finally {
      // The place goes to whoever waits longest.
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
