import type { PartialFile } from '../../platform/contract.js'

/** Why an address did not give a file. */
export class DownloadProblem extends Error {
  constructor(
    message: string,
    readonly kind: 'refused' | 'cut off' | 'wrong bytes',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export interface FetchOptions {
  /** The length of the file. */
  readonly bytes: number
  readonly signal?: AbortSignal | undefined
  readonly onBytes: (received: number) => void
}

/**
 * Fetches what `part` still lacks of a file (HTTP Range, RFC 9110 section 14), or all of it where the server knows no
 * ranges. Never takes more than `bytes`.
 *
 * @throws DownloadProblem; what the signal or the disk throws
 */
export async function fetchInto(part: PartialFile, url: string, options: FetchOptions): Promise<void> {
  const { bytes, signal } = options
  if (part.size > bytes) await part.clear()
  if (part.size === bytes) return
  const response = await request(url, part.size, signal)
  if (part.size > 0 && !continues(response, part.size)) {
    await part.clear()
    if (response.status !== 200) {
      await response.body?.cancel()
      return fetchInto(part, url, options)
    }
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel()
    throw new DownloadProblem(`answered ${`${response.status} ${response.statusText}`.trim()}`, 'refused')
  }
  await receive(part, response.body, options)
}

async function request(url: string, from: number, signal: AbortSignal | undefined): Promise<Response> {
  try {
    // "identity": a range of a compressed form would be no part of the file.
    const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) }
    return await fetch(url, { headers, ...(signal && { signal }) })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new DownloadProblem(`cannot be reached (${reasonOf(cause)})`, 'refused', { cause })
  }
}

const continues = (response: Response, from: number): boolean =>
  response.status === 206 && (response.headers.get('content-range') ?? '').startsWith(`bytes ${from}-`)

async function receive(
  part: PartialFile,
  body: ReadableStream<Uint8Array>,
  { bytes, signal, onBytes }: FetchOptions,
): Promise<void> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await read(reader, signal)
      if (done) break
      if (part.size + value.length > bytes) throw new DownloadProblem(`sent more than ${bytes} bytes`, 'wrong bytes')
      await part.append(value)
      onBytes(part.size)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
  if (part.size < bytes) throw new DownloadProblem(`ended after ${part.size} of ${bytes} bytes`, 'cut off')
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal | undefined) {
  try {
    return await reader.read()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new DownloadProblem(`broke off (${reasonOf(cause)})`, 'cut off', { cause })
  }
}

/** What `fetch` says is "fetch failed"; the reason is behind it. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || (cause as { code?: string }).code || cause.name : String(cause)
}
