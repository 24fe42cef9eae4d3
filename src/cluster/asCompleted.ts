/**
 * Runs an action on each input, at most `width` at a time, and yields the results in the order in which they come.
 * Results that wait to be taken count as running: neither inputs nor results gather in memory. An input is awaited while
 * results are taken, so that inputs may depend on earlier results. It throws the signal's reason, and what an action or
 * the inputs throw.
 *
 * @param action is given a signal that is aborted when its result is not wanted any more
 */
export async function* asCompleted<I, R>(
  inputs: Iterable<I> | AsyncIterable<I>,
  width: number,
  action: (input: I, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): AsyncGenerator<R, void> {
  const pool = new ActionPool(inputs, width, action)
  const abort = () => pool.abort(signal!.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  try {
    yield* pool.results()
  } finally {
    signal?.removeEventListener('abort', abort)
    pool.abort(undefined)
  }
}

class ActionPool<I, R> {
  readonly #iterator: Iterator<I> | AsyncIterator<I>
  /** One for each running action: a signal that hundreds listen to makes Node warn. */
  readonly #controllers = new Set<AbortController>()
  readonly #results: R[] = []
  #failure: { readonly reason: unknown } | undefined
  #running = 0
  #isPulling = false
  #isExhausted = false
  #isAborted = false
  #wake = (): void => {}

  constructor(
    inputs: Iterable<I> | AsyncIterable<I>,
    readonly width: number,
    readonly action: (input: I, signal: AbortSignal) => Promise<R>,
  ) {
    this.#iterator = Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]()
  }

  async *results(): AsyncGenerator<R, void> {
    for (;;) {
      if (this.#failure) throw this.#failure.reason
      this.#pull()
      if (this.#results.length > 0) yield this.#results.shift()!
      else if (this.#isExhausted && this.#running === 0) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  abort(reason: unknown): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#failure ??= { reason }
    for (const controller of this.#controllers) controller.abort(reason)
    if (!this.#isExhausted) void Promise.resolve(this.#iterator.return?.()).catch(() => {})
    this.#wake()
  }

  #pull(): void {
    if (this.#isPulling || this.#isExhausted || this.#running + this.#results.length >= this.width) return
    this.#isPulling = true
    void this.#take().catch((reason) => this.#fail(reason))
  }

  async #take(): Promise<void> {
    const { done, value } = await this.#iterator.next()
    this.#isPulling = false
    if (this.#isAborted) return
    if (done) this.#isExhausted = true
    else this.#begin(value)
    this.#wake()
  }

  #begin(input: I): void {
    const controller = new AbortController()
    this.#controllers.add(controller)
    this.#running++
    this.action(input, controller.signal)
      .then(
        (result) => void this.#results.push(result),
        (reason) => this.#fail(reason),
      )
      .finally(() => {
        this.#controllers.delete(controller)
        this.#running--
        this.#wake()
      })
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.#wake()
  }
}
