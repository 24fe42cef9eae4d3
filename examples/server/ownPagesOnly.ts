import { createMiddleware } from 'hono/factory'
import { HttpError } from './HttpError.js'

/** Creates middleware that refuses requests of other sites, which a browser on this machine can send here too. */
export const ownPagesOnly = (hosts: readonly string[]) =>
  createMiddleware(async (c, next) => {
    const host = c.req.header('host') ?? ''
    const origin = c.req.header('origin')
    const isOwn =
      hosts.includes(host.replace(/:\d*$/, '')) &&
      (origin === undefined || /^https?:\/\/(.*)$/.exec(origin)?.[1] === host)
    if (!isOwn) throw new HttpError(403, 'This server answers to its own name and pages only')
    await next()
  })
