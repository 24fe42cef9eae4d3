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

/** @throws HttpError 413 as soon as it is longer than `limit` bytes */
export async function bodyOf(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > limit) throw new HttpError(413, `The body may have ${limit} bytes`)
    chunks.push(chunk)
  }
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
