import { errorToPlain } from '../errors.js'
import type { CallMessage, CancelMessage, Port, ReplyMessage } from './messages.js'
import { type Handlers, Transferred } from './methods.js'
import { TaskQueue } from './TaskQueue.js'

type Handler = (args: readonly unknown[], signal: AbortSignal) => unknown

/** A server that carries out the calls from the other end of a port, in their order, and answers them. */
export class CallServer<Ours> {
  readonly #queue: TaskQueue
  readonly #calls = new Map<number, AbortController>()

  /** @param atOnce the number of calls that are carried out at a time */
  constructor(
    readonly port: Port,
    readonly handlers: Handlers<Ours>,
    atOnce: number,
  ) {
    this.#queue = new TaskQueue(atOnce)
  }

  receive(message: CallMessage | CancelMessage): void {
    if (message.type === 'call') void this.#answer(message)
    else for (const id of message.ids) this.#calls.get(id)?.abort()
  }

  async #answer({ id, method, args }: CallMessage): Promise<void> {
    const controller = new AbortController()
    this.#calls.set(id, controller)
    try {
      const handler = (this.handlers as unknown as Readonly<Record<string, Handler>>)[method]!
      const answer = await this.#queue.add(() => handler(args, controller.signal), controller.signal)
      if (answer instanceof Transferred) this.#send({ type: 'result', id, result: answer.value }, answer.buffers)
      else this.#send({ type: 'result', id, result: answer })
    } catch (error) {
      this.#send({ type: 'error', id, error: errorToPlain(error) })
    } finally {
      this.#calls.delete(id)
    }
  }

  #send(message: ReplyMessage, transfer: readonly ArrayBuffer[] = []): void {
    this.port.post(message, transfer)
  }
}
