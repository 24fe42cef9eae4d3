import type { PlainError } from '../errors.js'

/** The messages between two threads. Each end numbers its own calls. */
export type Message = CallMessage | CancelMessage | ReplyMessage

export interface CallMessage {
  readonly type: 'call'
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** The message that no caller waits for these calls any more. */
export interface CancelMessage {
  readonly type: 'cancel'
  readonly ids: readonly number[]
}

export type ReplyMessage =
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: PlainError }

/** One end of the connection between two threads: a worker's handle, or a worker's port. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
}
