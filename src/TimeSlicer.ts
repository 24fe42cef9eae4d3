/** Milliseconds of work before the event loop gets a chance to handle other events. */
const MOST = 8

/**
 * A scheduler that spreads pieces of work over turns of the event loop. Messages from workers that have piled up are
 * all delivered in one turn; answered at once, they would keep a server or a browser tab waiting for the whole pile.
 */
export class TimeSlicer {
  #started = Number.NEGATIVE_INFINITY
  #last: Promise<void> = Promise.resolve()

  /** Resolves, in the order of the calls, when there is time for a piece of work. */
  next(): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (performance.now() - this.#started < MOST) return
      await new Promise((resolve) => setTimeout(resolve, 0))
      this.#started = performance.now()
    })
    return this.#last
  }
}
