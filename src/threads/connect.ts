import { CallServer } from './CallServer.js'
import type { Message, Port } from './messages.js'
import type { Handlers } from './methods.js'
import { PendingCalls } from './PendingCalls.js'

export interface Offer<Ours> {
  /** The methods that the other end can call here. */
  readonly handlers: Handlers<Ours>
  /** The number of calls that are carried out at a time, in their order. Default: all. */
  readonly atOnce?: number | undefined
}

/**
 * Connects a port to another thread: sends calls, and answers those that arrive.
 *
 * @param changed called with the number of waiting outgoing calls whenever it changes
 */
export function connect<Theirs, Ours>(
  port: Port,
  { handlers, atOnce = Number.POSITIVE_INFINITY }: Offer<Ours>,
  changed?: (waiting: number) => void,
): PendingCalls<Theirs> {
  const calls = new PendingCalls<Theirs>(port, changed)
  const server = new CallServer(port, handlers, atOnce)
  port.onMessage((data) => {
    const message = data as Message
    if (message.type === 'call' || message.type === 'cancel') server.receive(message)
    else calls.settle(message)
  })
  return calls
}
