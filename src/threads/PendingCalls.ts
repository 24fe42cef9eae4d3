import { errorFromPlain } from '../errors.js'
import type { CallMessage, CancelMessage, Port, ReplyMessage } from './messages.js'
import type { ArgsOf, MethodName, ResultOf } from './methods.js'

export interface CallOptions {
  /** The buffers within the arguments that are transferred instead of copied. */
  readonly transfer?: readonly ArrayBuffer[] | undefined
  /** Aborting it rejects the call with its reason at once; the other end does not start it, or is notified. */
  readonly signal?: AbortSignal | undefined
}

interface Pending {
  resolve(result: unknown): void
  reject(reason: unknown): void
  readonly signal: AbortSignal | undefined
}

/** The calls to the other end of a port that have no answer yet. */
export class PendingCalls<Theirs> {
  readonly #pending = new Map<number, Pending>()
  /** The listeners, one per signal however many calls share it: Node warns of more than ten. */
  readonly #watched = new Map<AbortSignal, { readonly ids: Set<number>; readonly cancel: () => void }>()
  #next = 0
  /** The reason for which no more calls can be made. */
  #ended: { readonly reason: unknown } | undefined

  /** @param changed called with the number of waiting calls whenever it changes */
  constructor(
    readonly port: Port,
    readonly changed: (waiting: number) => void = () => {},
  ) {}

  call<K extends MethodName<Theirs>>(
    method: K,
    args: ArgsOf<Theirs, K>,
    { transfer = [], signal }: CallOptions = {},
  ): Promise<ResultOf<Theirs, K>> {
    if (this.#ended) return Promise.reject(this.#ended.reason)
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const id = this.#next++
      this.port.post({ type: 'call', id, method, args } satisfies CallMessage, transfer)
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject, signal })
      if (signal) this.#watch(signal, id)
      this.changed(this.#pending.size)
    })
  }

  settle(reply: ReplyMessage): void {
    const call = this.#take(reply.id)
    this.changed(this.#pending.size)
    if (reply.type === 'error') call?.reject(errorFromPlain(reply.error))
    else call?.resolve(reply.result)
  }

  /** Rejects the waiting calls and notifies the other end. Later calls can still be made. */
  cancel(reason: unknown, ids: readonly number[] = [...this.#pending.keys()]): void {
    if (ids.length > 0) this.port.post({ type: 'cancel', ids } satisfies CancelMessage)
    for (const id of ids) this.#take(id)?.reject(reason)
    this.changed(this.#pending.size)
  }

  /** Rejects every later call. Waiting ones are still answered. */
  close(reason: unknown): void {
    this.#ended ??= { reason }
  }

  /** Rejects the waiting calls and every later one: there will be no answer. */
  end(reason: unknown): void {
    this.close(reason)
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(reason)
  }

  #watch(signal: AbortSignal, id: number): void {
    const known = this.#watched.get(signal)
    if (known) return void known.ids.add(id)
    const ids = new Set([id])
    const cancel = () => this.cancel(signal.reason, [...ids])
    this.#watched.set(signal, { ids, cancel })
    signal.addEventListener('abort', cancel)
  }

  #take(id: number): Pending | undefined {
    const call = this.#pending.get(id)
    this.#pending.delete(id)
    const watched = call?.signal && this.#watched.get(call.signal)
    if (watched?.ids.delete(id) && watched.ids.size === 0) {
      this.#watched.delete(call!.signal!)
      call!.signal!.removeEventListener('abort', watched.cancel)
    }
    return call
  }
}
