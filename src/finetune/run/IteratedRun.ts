import { baseError } from '../../errors.js'
import { finetuneError } from '../errors.js'
import type { FineTuneEvent, FineTuneResult } from '../record/events.js'

/** A run that starts when it is iterated or awaited, whichever comes first, and runs once. */
export abstract class IteratedRun<Event = FineTuneEvent, Result = FineTuneResult>
  implements AsyncIterable<Event>, PromiseLike<Result>
{
  #events: AsyncGenerator<Event, Result> | undefined
  #result: Promise<Result> | undefined

  /** Starts the run; called once. */
  protected abstract start(): AsyncGenerator<Event, Result>

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void> {
    if (this.#events) throw finetuneError('train/already-started', {})
    this.#events = this.start()
    const settle = withResolvers<Result>()
    this.#result = settle.promise
    // The failure is thrown to the iteration; awaiting the run too is optional.
    settle.promise.catch(() => {})
    try {
      for (;;) {
        const next = await this.#events.next()
        if (next.done) return settle.resolve(next.value)
        yield next.value
      }
    } catch (error) {
      settle.reject(error)
      throw error
    } finally {
      await this.#events.return(undefined as never)
      settle.reject(baseError('aborted', { operation: 'fineTune' }))
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: a run can be awaited, by design
  then<A = Result, B = never>(
    onResult?: ((result: Result) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#result ??= this.#drain()
    return this.#result.then(onResult, onError)
  }

  async #drain(): Promise<Result> {
    this.#events = this.start()
    for (;;) {
      const next = await this.#events.next()
      if (next.done) return next.value
    }
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
