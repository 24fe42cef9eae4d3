/** A pause of a run between two batches. */
export class Pause {
  #wait: { readonly over: Promise<void>; end(): void } | undefined

  begin(): void {
    if (this.#wait) return
    let end = (): void => undefined
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#wait = { over, end }
  }

  end(): void {
    this.#wait?.end()
    this.#wait = undefined
  }

  /** Resolves when there is no pause, or when the signal aborts. */
  async passed(signal: AbortSignal): Promise<void> {
    while (this.#wait && !signal.aborted) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([this.#wait.over, aborted])
    }
  }
}
