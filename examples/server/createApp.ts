import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { z } from 'zod'
import { answerProblem, answerUnknown } from './answers.js'
import { bodyOf, jsonOf } from './body.js'
import { plain, streamEvents } from './events.js'
import { HttpError } from './HttpError.js'
import { type Limits, usualLimits } from './limits.js'
import { ownPagesOnly } from './ownPagesOnly.js'
import { Places } from './Places.js'
import type { Trainer } from './Trainer.js'

/** The schema of the body of `POST /train`. A folder is a name, not a path: only the server's images can be reached. */
const trainRequest = z.strictObject({
  folder: z.string().regex(/^(?!\.)[^/\\:\0]+$/, 'the name of a folder'),
  epochs: z.int().min(1).max(100).default(5),
  batchSize: z.int().min(1).max(256).default(32),
  lr: z.number().positive().max(1).default(3e-4),
})

/**
 * Creates the server, which does not listen yet.
 *
 * @param images the directory whose folders can be trained on
 */
export function createApp(trainer: Trainer, images: string, given: Partial<Limits> = {}): Server {
  const limits = { ...usualLimits, ...given }
  const { fetch } = routesOf(trainer, images, limits)
  const serverOptions = timesOf(limits)
  const server = createAdaptorServer({ fetch, createServer, serverOptions, overrideGlobalObjects: false }) as Server
  server.maxConnections = limits.connections
  server.setTimeout(limits.idleTime, (socket) => socket.destroy())
  return server
}

/** Returns the timeouts of the connections. A body has its own, which begins when its request leaves the queue. */
const timesOf = ({ headersTime, bodyTime, idleTime }: Limits) => ({
  headersTimeout: headersTime,
  requestTimeout: 10 * (headersTime + bodyTime),
  keepAliveTimeout: Math.min(5000, idleTime),
  connectionsCheckingInterval: Math.min(1000, headersTime),
  maxHeaderSize: 8192,
})

function routesOf(trainer: Trainer, images: string, limits: Limits): Hono<{ Bindings: HttpBindings }> {
  const { imageBytes, planBytes, bodyTime } = limits
  const places = new Places(limits.jobs, limits.waiting)
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(async (c, next) => {
    await next()
    c.header('x-content-type-options', 'nosniff')
    c.header('cache-control', 'no-store')
  })
  app.use(ownPagesOnly(limits.hosts))

  app.post('/train', async (c) => {
    const plan = await places.run(() => jsonOf(c.env.incoming, planBytes, bodyTime))
    const { success, data, error } = trainRequest.safeParse(plan)
    if (!success) throw new HttpError(400, z.prettifyError(error))
    const { folder, ...rest } = data
    if (!trainer.start({ directory: join(images, folder), ...rest }))
      throw new HttpError(409, 'A run is under way. DELETE /train ends it')
    return c.json({ training: data, events: '/events' }, 202)
  })
  app.delete('/train', async (c) => {
    await trainer.stop()
    return c.json({ training: false })
  })
  app.get('/status', (c) => {
    const { isTraining, last, classifier } = trainer
    return c.json({ training: isTraining, last: last && plain(last), classes: classifier?.classes ?? null })
  })
  app.get('/events', (c) => streamEvents(c, trainer, limits))
  app.post('/classify', async (c) => {
    const { classifier } = trainer
    if (!classifier) throw new HttpError(503, 'No classifier yet. POST /train makes one')
    const result = await places.run(async () => {
      const bytes = await bodyOf(c.env.incoming, imageBytes, bodyTime)
      return (trainer.classifier ?? classifier).classify(bytes, { top: 5 })
    })
    return c.json(result)
  })

  app.notFound((c) => answerUnknown(c, app.routes))
  app.onError(answerProblem)
  return app
}
