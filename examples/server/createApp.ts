import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { isFineTuneError } from 'onnx-finetune'
import { z } from 'zod'
import { answer, bodyOf, HttpError, jsonOf } from './http.js'
import type { Trainer, TrainerEvent } from './Trainer.js'

const MOST_PICTURE_BYTES = 20 * 2 ** 20

/** The body of `POST /train`. A folder is a name, not a path: nothing outside the server's pictures can be reached. */
const trainRequest = z.strictObject({
  folder: z.string().regex(/^(?!\.)[^/\\\0]+$/, 'the name of a folder'),
  epochs: z.int().min(1).max(100).default(5),
  batchSize: z.int().min(1).max(256).default(32),
  lr: z.number().positive().max(1).default(3e-4),
})

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly trainer: Trainer
  /** The directory whose folders can be trained on. */
  readonly pictures: string
}

const routes: Readonly<Record<string, (call: Call) => void | Promise<void>>> = {
  async 'POST /train'({ request, response, trainer, pictures }) {
    const { success, data, error } = trainRequest.safeParse(await jsonOf(request))
    if (!success) throw new HttpError(400, z.prettifyError(error))
    const { folder, ...plan } = data
    if (!trainer.start({ directory: join(pictures, folder), ...plan }))
      throw new HttpError(409, 'A run is under way. DELETE /train ends it')
    answer(response, 202, { training: data, events: '/events' })
  },

  async 'DELETE /train'({ response, trainer }) {
    await trainer.stop()
    answer(response, 200, { training: false })
  },

  'GET /status'({ response, trainer }) {
    const { isTraining, last, classifier } = trainer
    answer(response, 200, { training: isTraining, last: last && plain(last), classes: classifier?.classes ?? null })
  },

  'GET /events'({ request, response, trainer }) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const send = (event: TrainerEvent) =>
      void response.write(`event: ${event.type}\ndata: ${JSON.stringify(plain(event))}\n\n`)
    if (trainer.last) send(trainer.last)
    else response.write(': nothing yet\n\n')
    trainer.on('event', send)
    request.on('close', () => trainer.off('event', send))
  },

  async 'POST /classify'({ request, response, trainer }) {
    if (!trainer.classifier) throw new HttpError(503, 'No classifier yet. POST /train makes one')
    const bytes = await bodyOf(request, MOST_PICTURE_BYTES)
    answer(response, 200, await trainer.classifier.classify(bytes, { top: 5 }))
  },
}

/** The server, not listening yet. */
export function createApp(trainer: Trainer, pictures: string): Server {
  return createServer(async (request, response) => {
    try {
      const route = routes[`${request.method} ${request.url}`]
      if (!route) throw new HttpError(404, `There is ${Object.keys(routes).join(', ')}`)
      await route({ request, response, trainer, pictures })
    } catch (error) {
      const { status, message } = problem(error)
      if (response.headersSent) response.destroy()
      else answer(response, status, { error: message })
    }
  })
}

/** What the person asking can put right is told; the rest is not their business. */
function problem(error: unknown): { status: number; message: string } {
  if (error instanceof HttpError) return error
  if (isFineTuneError(error, 'deploy/unreadable-picture')) return { status: 400, message: error.message }
  if (isFineTuneError(error, 'data/too-many-pixels')) {
    const { width, height, limit } = error.facts
    return { status: 413, message: `The picture has ${width} x ${height} pixels, more than ${limit}` }
  }
  return { status: 500, message: 'Something went wrong here' }
}

/** An event without the predictions of every single picture. */
function plain(event: TrainerEvent): object {
  if (event.type === 'validationStep') return { ...event, predictions: undefined }
  return event.type === 'done' ? { type: event.type } : event
}
