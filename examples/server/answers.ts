import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'
import { isFineTuneError } from 'onnx-finetune'
import { HttpError } from './HttpError.js'

/** Says what there is, or which methods a path takes. */
export function answerUnknown(c: Context<{ Bindings: HttpBindings }>, routes: readonly RouterRoute[]) {
  const known = routes.filter(({ method }) => method !== 'ALL')
  const methods = known.filter(({ path }) => path === c.req.path).map(({ method }) => method)
  if (methods.length === 0)
    return answerProblem(
      new HttpError(404, `There is ${known.map(({ method, path }) => `${method} ${path}`).join(', ')}`),
      c,
    )
  const allow = methods.join(', ')
  return answerProblem(new HttpError(405, `${c.req.path} takes ${allow}`, { allow }), c)
}

/** Says what went wrong. What is left of a body is not read. */
export function answerProblem(error: unknown, c: Context<{ Bindings: HttpBindings }>) {
  const { status, message, headers } = problem(error)
  return c.json({ error: message }, status, c.env.incoming.complete ? headers : { ...headers, connection: 'close' })
}

/** Tells what the person asking can put right; the rest is not their business. */
function problem(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  if (isFineTuneError(error, 'deploy/unreadable-image')) return new HttpError(400, error.message)
  if (isFineTuneError(error, 'data/too-many-pixels')) {
    const { width, height, limit } = error.facts
    return new HttpError(413, `The image has ${width} x ${height} pixels, more than ${limit}`)
  }
  return new HttpError(500, 'Something went wrong here')
}
