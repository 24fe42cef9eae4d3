import { startWorker } from '#platform'
import type { WorkerHandle, WorkerScript } from '../platform/contract.js'
import { connect } from './connect.js'
import type { ArgsOf, Handlers, MethodName, ResultOf } from './methods.js'
import type { CallOptions, PendingCalls } from './PendingCalls.js'

export interface WorkerThreadOptions<Theirs, Ours> {
  /**
   * Makes the error that calls are rejected with when the worker dies: those that wait, and every later one. It is called
   * once, before they are.
   */
  readonly died: (cause: Error) => unknown
  /** The methods that the worker may call here. */
  readonly handlers?: Handlers<Ours> | undefined
  /** The method that is called last of all, to free what the worker holds. */
  readonly last?: MethodName<Theirs> | undefined
  /** Aborting it ends the worker with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** A worker and the calls to it. While no call waits for its answer, it does not keep a Node process from ending. */
export class WorkerThread<Theirs, Ours = object> {
  readonly #worker: WorkerHandle
  readonly #calls: PendingCalls<Theirs>
  readonly #options: WorkerThreadOptions<Theirs, Ours>
  /** Settles when the worker is gone; there from when that begins. */
  #stopped: Promise<void> | undefined

  constructor(script: WorkerScript, options: WorkerThreadOptions<Theirs, Ours>) {
    this.#options = options
    this.#worker = startWorker(script)
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
   * Ends the worker. Calls that wait are rejected with `reason` at once, and so is every later one. A computation that is
   * under way is waited for: a thread that is stopped within one takes the whole process of Node with it.
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

  /** As `end`, but waits for nothing that is under way. */
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
