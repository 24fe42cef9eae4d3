import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'
import { isFineTuneError } from 'onnx-finetune'
import { HttpError } from './HttpError.js'

/** Answers an unknown path with a list of the routes, and an unknown method with those that the path allows. */
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

/** Answers with the message of an error. The rest of a body is not read. */
export function answerProblem(error: unknown, c: Context<{ Bindings: HttpBindings }>) {
  const { status, message, headers } = problem(error)
  return c.json({ error: message }, status, c.env.incoming.complete ? headers : { ...headers, connection: 'close' })
}

/** Converts an error to an answer: errors that the client can correct keep their message, others do not show it. */
function problem(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  if (isFineTuneError(error, 'deploy/unreadable-image')) return new HttpError(400, error.message)
  if (isFineTuneError(error, 'data/too-many-pixels')) {
    const { width, height, limit } = error.facts
    return new HttpError(413, `The image has ${width} x ${height} pixels, more than ${limit}`)
  }
  return new HttpError(500, 'Something went wrong here')
}
