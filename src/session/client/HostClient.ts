import { startWorker } from '#platform'
import { errorFromPlain, FineTuneError } from '../../errors.js'
import type { WorkerHandle } from '../../platform/contract.js'
import type { HostCall, HostCalls, HostReply, HostRequest } from '../protocol/messages.js'

interface Pending {
  resolve(result: unknown): void
  reject(error: unknown): void
  /** Takes back memory that was lent for the call. */
  reclaim?: Reclaim | undefined
}

export type Reclaim = (memory: ArrayBuffer) => void

/** The calling thread's end of the worker that hosts ONNX Runtime. Calls are answered in their order. */
export class HostClient {
  readonly #worker: WorkerHandle
  readonly #pending = new Map<number, Pending>()
  readonly #signal: AbortSignal | undefined
  #next = 0
  /** Why no call can be made any more. */
  #ended: { readonly reason: unknown } | undefined
  #closing: Promise<void> | undefined

  constructor(signal?: AbortSignal) {
    this.#worker = startWorker({
      url: () => new URL('../host/host.worker.js', import.meta.url),
      inPage: () => new Worker(new URL('../host/host.worker.js', import.meta.url), { type: 'module' }),
    })
    this.#worker.onMessage((reply) => this.#settle(reply as HostReply))
    this.#worker.onFailure((cause) => {
      const problem = cause.message
      this.#fail(new FineTuneError('session/worker-died', { problem }, { cause }))
      this.#closing ??= this.#worker.stop()
    })
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort)
  }

  call<C extends HostCall>(
    call: C,
    args: Parameters<HostCalls[C]>,
    transfer: readonly ArrayBuffer[] = [],
    reclaim?: Reclaim,
  ): ReturnType<HostCalls[C]> {
    const answer = this.#ended ? Promise.reject(this.#ended.reason) : this.#send(call, args, transfer, reclaim)
    return answer as ReturnType<HostCalls[C]>
  }

  /**
   * Ends the worker. Calls that wait are rejected with `reason` at once, and so is every later one. A computation that is
   * under way is waited for: a thread that is stopped within one takes the whole process of Node with it.
   */
  end(reason: unknown): Promise<void> {
    if (this.#closing) return this.#closing
    this.#fail(reason)
    const dropQueue = true
    const released = this.#send('release', [dropQueue]).catch(() => undefined)
    this.#closing = released.then(() => this.#worker.stop())
    return this.#closing
  }

  #send(
    call: HostCall,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[] = [],
    reclaim?: Reclaim,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request: HostRequest = { id: this.#next++, call, args, lent: reclaim !== undefined }
      this.#worker.post(request, transfer)
      this.#pending.set(request.id, { resolve, reject, reclaim })
      this.#worker.keepAlive(true)
    })
  }

  #settle(reply: HostReply): void {
    const pending = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    // A session that nobody waits for does not keep a Node process from ending.
    this.#worker.keepAlive(this.#pending.size > 0)
    if ('error' in reply) pending?.reject(errorFromPlain(reply.error))
    else {
      for (const memory of reply.returned ?? []) pending?.reclaim?.(memory)
      pending?.resolve(reply.result)
    }
  }

  #fail(reason: unknown): void {
    this.#ended ??= { reason }
    this.#signal?.removeEventListener('abort', this.#abort)
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
  }

  readonly #abort = (): void => {
    void this.end(this.#signal?.reason)
  }
}
