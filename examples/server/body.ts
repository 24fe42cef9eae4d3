import type { IncomingMessage } from 'node:http'
import { HttpError } from './HttpError.js'

/** The multiple of the limit that is read, and dropped, before the answer: a client reads no answer while it sends. */
const PATIENCE = 4

/**
 * Reads the body of a request, as bytes. It reads from Node's own request, because a body that hono's `bodyLimit`
 * refuses is cut off in the middle, and the client never receives the reason.
 *
 * @param limit in bytes
 * @param time in milliseconds
 * @throws HttpError 408 if it takes longer than `time`, 413 if it is longer than `limit`, 415 if it is compressed
 */
export function bodyOf(request: IncomingMessage, limit: number, time: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let size = 0
    const tooLong = () => new HttpError(413, `The body may have ${limit} bytes`)
    const timer = setTimeout(() => fail(new HttpError(408, `The body may take ${time / 1000} seconds`)), time)
    const fail = (error: Error) => {
      clearTimeout(timer)
      request.off('data', read).pause()
      reject(error)
    }
    const read = (chunk: Uint8Array) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      if (size > PATIENCE * limit) fail(tooLong())
    }
    request.once('error', fail).once('close', () => fail(new HttpError(400, 'The body ends early')))
    if (request.headers['content-encoding']) return fail(new HttpError(415, 'The body must not be compressed'))
    if (request.destroyed) return fail(new HttpError(400, 'The request was given up'))
    request.on('data', read).once('end', () => {
      clearTimeout(timer)
      if (size > limit) reject(tooLong())
      else resolve(Buffer.concat(chunks))
    })
  })
}

/**
 * Reads the body of a request as JSON.
 *
 * @throws HttpError 400 if it is not JSON, and those of `bodyOf`
 */
export async function jsonOf(request: IncomingMessage, limit: number, time: number): Promise<unknown> {
  const text = new TextDecoder().decode(await bodyOf(request, limit, time))
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(400, 'The body must be JSON')
  }
}
