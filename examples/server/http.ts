import type { IncomingMessage, ServerResponse } from 'node:http'

/** An answer other than success. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}

/**
 * What is longer than `limit` bytes is read to its end all the same, and dropped: who is still writing does not listen.
 * @throws HttpError 413
 */
export async function bodyOf(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
  }
  if (size > limit) throw new HttpError(413, `The body may have ${limit} bytes`)
  return Buffer.concat(chunks)
}

/** @throws HttpError 400 */
export async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const text = new TextDecoder().decode(await bodyOf(request, 10_000))
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(400, 'The body must be JSON')
  }
}
