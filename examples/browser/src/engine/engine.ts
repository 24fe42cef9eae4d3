import type { AnswerOf, Argument, CallName, FromWorker, Progress, ToWorker } from './calls.js'

interface Pending {
  resolve(answer: unknown): void
  reject(error: Error): void
  onProgress?: ((progress: Progress) => void) | undefined
}

export interface CallOptions {
  readonly onProgress?: (progress: Progress) => void
  /** Aborting it stops the call, which then ends in its own way. */
  readonly signal?: AbortSignal
  readonly transfer?: Transferable[]
}

let worker: Worker | undefined
let calls = 0
const pending = new Map<number, Pending>()

/** Calls the worker, which trains and classifies: the page itself only shows. */
export function call<K extends CallName>(
  name: K,
  argument: Argument<K>,
  { onProgress, signal, transfer = [] }: CallOptions = {},
): Promise<AnswerOf<K>> {
  const id = calls++
  worker ??= start()
  send({ type: 'call', id, name, argument }, transfer)
  const stop = () => send({ type: 'stop', id })
  signal?.addEventListener('abort', stop, { once: true })
  return new Promise<unknown>((resolve, reject) => pending.set(id, { resolve, reject, onProgress })).finally(() =>
    signal?.removeEventListener('abort', stop),
  ) as Promise<AnswerOf<K>>
}

const send = (message: ToWorker, transfer: Transferable[] = []) => worker?.postMessage(message, transfer)

function start(): Worker {
  const started = new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' })
  started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => receive(data))
  started.addEventListener('error', ({ message }) => {
    worker = undefined
    for (const { reject } of pending.values()) reject(new Error(message || 'The worker could not start.'))
    pending.clear()
  })
  return started
}

function receive(message: FromWorker): void {
  const call = pending.get(message.id)
  if (message.type === 'progress') {
    call?.onProgress?.(message.progress)
    return
  }
  pending.delete(message.id)
  if (message.type === 'done') call?.resolve(message.answer)
  else call?.reject(new Error(message.message))
}
