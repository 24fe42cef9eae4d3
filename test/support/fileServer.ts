import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface FileServer {
  readonly url: string
  /** What was asked: path and Range header, in order. */
  readonly requests: readonly { readonly path: string; readonly range: string | undefined }[]
  close(): Promise<void>
}

/** A server on 127.0.0.1 that answers each path as its handler does. */
export async function serve(handlers: Readonly<Record<string, Handler>>): Promise<FileServer> {
  const requests: { path: string; range: string | undefined }[] = []
  const server = createServer((request, response) => {
    requests.push({ path: request.url!, range: request.headers.range })
    const handler = handlers[request.url!]
    if (handler) handler(request, response)
    else response.writeHead(404).end('no such file')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

const startOf = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)

/** Answers a Range as it should. */
export const honest =
  (file: Uint8Array): Handler =>
  (request, response) => {
    const start = startOf(request)
    if (start >= file.length) return void response.writeHead(416).end()
    const headers = { 'content-length': file.length - start }
    if (request.headers.range === undefined) response.writeHead(200, headers)
    else response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` })
    response.end(file.subarray(start))
  }

/** Answers everything from the beginning. */
export const withoutRanges =
  (file: Uint8Array): Handler =>
  (_, response) =>
    void response.writeHead(200, { 'content-length': file.length }).end(file)

/** Breaks the connection off after that many bytes of each answer, `times` times; then it is honest. */
export function cutOff(file: Uint8Array, after: number, times = Number.POSITIVE_INFINITY): Handler {
  let left = times
  return (request, response) => {
    if (left-- <= 0) return honest(file)(request, response)
    const start = startOf(request)
    const headers = { 'content-length': file.length - start }
    if (start === 0) response.writeHead(200, headers)
    else response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` })
    response.write(file.subarray(start, start + after), () => setTimeout(() => response.destroy(), 100))
  }
}

/** Says that many bytes, and never says more. */
export const stalls =
  (file: Uint8Array, after: number): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-length': file.length })
    response.write(file.subarray(0, after))
  }

export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end('sorry')
