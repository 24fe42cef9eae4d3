import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { isFineTuneError } from 'onnx-finetune'
import { z } from 'zod'
import { answer, bodyOf, HttpError, jsonOf } from './http.js'
import { type Limits, usualLimits } from './limits.js'
import { Places } from './Places.js'
import type { Trainer, TrainerEvent } from './Trainer.js'

/** The body of `POST /train`. A folder is a name, not a path: nothing outside the server's pictures can be reached. */
const trainRequest = z.strictObject({
  folder: z.string().regex(/^(?!\.)[^/\\:\0]+$/, 'the name of a folder'),
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
  readonly limits: Limits
  readonly places: Places
}

const routes: Readonly<Record<string, (call: Call) => void | Promise<void>>> = {
  async 'POST /train'({ request, response, trainer, pictures, limits, places }) {
    const plan = await places.run(() => jsonOf(request, limits.planBytes, limits.bodyTime))
    const { success, data, error } = trainRequest.safeParse(plan)
    if (!success) throw new HttpError(400, z.prettifyError(error))
    const { folder, ...rest } = data
    if (!trainer.start({ directory: join(pictures, folder), ...rest }))
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

  'GET /events'({ request, response, trainer, limits }) {
    if (trainer.listenerCount('event') >= limits.listeners)
      throw new HttpError(503, 'Too many are listening', { 'retry-after': '10' })
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const write = (text: string) => {
      // Whoever does not read what is sent is not waited for.
      if (response.writableLength > limits.unreadBytes) response.destroy()
      else response.write(text)
    }
    const send = (event: TrainerEvent) => write(`event: ${event.type}\ndata: ${JSON.stringify(plain(event))}\n\n`)
    if (trainer.last) send(trainer.last)
    else write(': nothing yet\n\n')
    const sign = setInterval(() => write(': still here\n\n'), limits.idleTime / 3)
    trainer.on('event', send)
    request.on('close', () => {
      clearInterval(sign)
      trainer.off('event', send)
    })
  },

  async 'POST /classify'({ request, response, trainer, limits, places }) {
    const { classifier } = trainer
    if (!classifier) throw new HttpError(503, 'No classifier yet. POST /train makes one')
    const result = await places.run(async () => {
      const bytes = await bodyOf(request, limits.pictureBytes, limits.bodyTime)
      return (trainer.classifier ?? classifier).classify(bytes, { top: 5 })
    })
    answer(response, 200, result)
  },
}

/** The server, not listening yet. */
export function createApp(trainer: Trainer, pictures: string, given: Partial<Limits> = {}): Server {
  const limits = { ...usualLimits, ...given }
  const places = new Places(limits.jobs, limits.waiting)
  const server = createServer(timesOf(limits), async (request, response) => {
    try {
      await routeOf(request, limits)({ request, response, trainer, pictures, limits, places })
    } catch (error) {
      const { status, message, headers } = problem(error)
      if (response.headersSent || response.destroyed) response.destroy()
      // What is left of a body is not read.
      else
        answer(response, status, { error: message }, request.complete ? headers : { ...headers, connection: 'close' })
    }
  })
  server.maxConnections = limits.connections
  server.setTimeout(limits.idleTime, (socket) => socket.destroy())
  return server
}

/** A body has its own time, which begins when its turn comes. */
const timesOf = ({ headersTime, bodyTime, idleTime }: Limits) => ({
  headersTimeout: headersTime,
  requestTimeout: 10 * (headersTime + bodyTime),
  keepAliveTimeout: Math.min(5000, idleTime),
  connectionsCheckingInterval: Math.min(1000, headersTime),
  maxHeaderSize: 8192,
})

/** @throws HttpError 403, 404, 405 */
function routeOf(
  { method, url = '', headers }: IncomingMessage,
  { hosts }: Limits,
): (call: Call) => void | Promise<void> {
  demandOwnPage(headers, hosts)
  const path = url.split('?', 1)[0]!
  const name = `${method} ${path}`
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (route) return route
  const allowed = Object.keys(routes).filter((other) => other.endsWith(` ${path}`))
  const methods = allowed.map((other) => other.split(' ')[0]!)
  if (methods.length > 0) throw new HttpError(405, `${path} takes ${methods.join(', ')}`, { allow: methods.join(', ') })
  throw new HttpError(404, `There is ${Object.keys(routes).join(', ')}`)
}

/** Pages of others, in a browser on this machine, can send requests here too. */
function demandOwnPage({ host = '', origin }: IncomingMessage['headers'], hosts: readonly string[]): void {
  const name = host.replace(/:\d*$/, '')
  const isOwn = hosts.includes(name) && (origin === undefined || /^https?:\/\/(.*)$/.exec(origin)?.[1] === host)
  if (!isOwn) throw new HttpError(403, 'This server answers to its own name and pages only')
}

/** What the person asking can put right is told; the rest is not their business. */
function problem(error: unknown): Pick<HttpError, 'status' | 'message'> & Partial<HttpError> {
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
