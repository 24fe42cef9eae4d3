/** A queue that runs tasks in the order in which they were added, at most `width` at a time. */
export class TaskQueue {
  readonly #waiting: (() => Promise<void>)[] = []
  #running = 0

  constructor(readonly width: number) {}

  /**
   * Runs a task in its turn and returns its result. If its signal is aborted before, the task is not started and is
   * rejected with the signal's reason.
   */
  add<T>(task: () => T | PromiseLike<T>, signal?: AbortSignal): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => {
        try {
          signal?.throwIfAborted()
          resolve(await task())
        } catch (error) {
          reject(error)
        }
      })
      void this.#next()
    })
  }

  async #next(): Promise<void> {
    if (this.#running === this.width) return
    const task = this.#waiting.shift()
    if (!task) return
    this.#running++
    await task()
    this.#running--
    void this.#next()
  }
}
