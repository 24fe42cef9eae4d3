/** Milliseconds of work between two looks at whatever else waits. */
const MOST = 8

/**
 * Spreads pieces of work over turns of the event loop. Workers' messages that have piled up are all handed out in one
 * turn; answered at once, they would keep a server or a page waiting for the whole pile.
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
