import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { HttpError } from './HttpError.js'
import type { Limits } from './limits.js'
import type { Trainer, TrainerEvent } from './Trainer.js'

/**
 * Streams the events of the trainer to one listener, from its last event on.
 *
 * @throws HttpError 503 if there are too many listeners
 */
export function streamEvents(c: Context<{ Bindings: HttpBindings }>, trainer: Trainer, limits: Limits): Response {
  if (trainer.listenerCount('event') >= limits.listeners)
    throw new HttpError(503, 'Too many are listening', { 'retry-after': '10' })
  return streamSSE(c, async (stream) => {
    let unread = 0
    const write = async (text: string) => {
      // A listener that does not read what is sent is disconnected.
      if (unread > limits.unreadBytes) return void c.env.outgoing.destroy()
      unread += text.length
      await stream.write(text)
      unread -= text.length
    }
    const send = (event: TrainerEvent) => write(`event: ${event.type}\ndata: ${JSON.stringify(plain(event))}\n\n`)
    const ended = new Promise<void>((resolve) => stream.onAbort(resolve))
    const sign = setInterval(() => write(': still here\n\n'), limits.idleTime / 3)
    trainer.on('event', send)
    void (trainer.last ? send(trainer.last) : write(': nothing yet\n\n'))
    await ended
    clearInterval(sign)
    trainer.off('event', send)
  })
}

/** Returns an event without the predictions of the single images. */
export function plain(event: TrainerEvent): object {
  if (event.type === 'validationStep') return { ...event, predictions: undefined }
  return event.type === 'done' ? { type: event.type } : event
}
