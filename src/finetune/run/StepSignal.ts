/**
 * A user's signal that waits for the end of an optimizer step: if several batches make up one, it does not end the run
 * between them, since their accumulated gradients could not be kept.
 */
export class StepSignal {
  readonly #controller = new AbortController()
  readonly #user: AbortSignal | undefined
  #isBusy = false

  constructor(user: AbortSignal | undefined) {
    this.#user = user
    user?.addEventListener('abort', this.#pass)
    this.#pass()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** True if a step has begun and is not done. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  set isBusy(busy: boolean) {
    this.#isBusy = busy
    this.#pass()
  }

  close(): void {
    this.#user?.removeEventListener('abort', this.#pass)
  }

  readonly #pass = (): void => {
    if (this.#user?.aborted && !this.#isBusy) this.#controller.abort(this.#user.reason)
  }
}
