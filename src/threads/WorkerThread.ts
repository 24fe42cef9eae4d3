import { startWorker } from '#platform'
import type { WorkerHandle, WorkerKind } from '../platform/contract.js'
import { connect } from './connect.js'
import type { ArgsOf, Handlers, MethodName, ResultOf } from './methods.js'
import type { CallOptions, PendingCalls } from './PendingCalls.js'

export interface WorkerThreadOptions<Theirs, Ours> {
  /**
   * Makes the error with which waiting and later calls are rejected when the worker dies. It is called once, before
   * they are rejected.
   */
  readonly died: (cause: Error) => unknown
  /** The methods that the worker can call in this thread. */
  readonly handlers?: Handlers<Ours> | undefined
  /** The method that is called last, to free the resources of the worker. */
  readonly last?: MethodName<Theirs> | undefined
  /** Aborting it ends the worker with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** A worker, a thread or a process, and the calls to it. While no call waits for its answer, it does not keep a Node process alive. */
export class WorkerThread<Theirs, Ours = object> {
  readonly #worker: WorkerHandle
  readonly #calls: PendingCalls<Theirs>
  readonly #options: WorkerThreadOptions<Theirs, Ours>
  /** Settles when the worker has ended; defined from the moment when that begins. */
  #stopped: Promise<void> | undefined

  /** @param worker the kind of the thread that is started, or a worker that has been */
  constructor(worker: WorkerKind | WorkerHandle, options: WorkerThreadOptions<Theirs, Ours>) {
    this.#options = options
    this.#worker = typeof worker === 'string' ? startWorker(worker) : worker
    const handlers = options.handlers ?? ({} as Handlers<Ours>)
    this.#calls = connect(this.#worker, { handlers }, (waiting) => this.#worker.keepAlive(waiting > 0))
    this.#worker.onFailure((cause) => void this.stop(options.died(cause)))
    this.#worker.keepAlive(false)
    options.signal?.addEventListener('abort', this.#abort)
  }

  call<K extends MethodName<Theirs>>(
    method: K,
    args: ArgsOf<Theirs, K>,
    options?: CallOptions,
  ): Promise<ResultOf<Theirs, K>> {
    return this.#calls.call(method, args, options)
  }

  /**
   * Ends the worker. Waiting calls are rejected with `reason` at once, and so is every later one. It waits for a
   * computation in progress: a thread that is stopped during one ends the whole process of Node.
   */
  end(reason: unknown): Promise<void> {
    if (this.#stopped) return this.#stopped
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#calls.cancel(reason)
    const freed = this.#freed()
    this.#calls.close(reason)
    this.#stopped = freed.then(() => this.#worker.stop())
    return this.#stopped
  }

  /** Ends the worker as `end` does, but without waiting for a computation in progress. */
  stop(reason: unknown): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#calls.end(reason)
    this.#stopped ??= this.#worker.stop()
    return this.#stopped
  }

  async #freed(): Promise<void> {
    const { last } = this.#options
    if (last) await this.#calls.call(last, [] as unknown as ArgsOf<Theirs, typeof last>).catch(() => undefined)
  }

  readonly #abort = (): void => {
    void this.end(this.#options.signal?.reason)
  }
}
