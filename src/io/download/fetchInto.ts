import type { PartialFile } from '../../platform/contract.js'
import { MOST_BYTES } from '../../platform/fetchBytes.js'
import { type Watch, watchOver } from './watchOver.js'

/** The reason why an address did not deliver a file. */
export class DownloadProblem extends Error {
  constructor(
    message: string,
    readonly kind: 'refused' | 'cut off' | 'wrong bytes',
    options?: ErrorOptions,
    /** The status of the answer, if there was one. */
    readonly status?: number | undefined,
  ) {
    super(message, options)
  }
}

export interface FetchOptions {
  /** The length of the file, if it is known beforehand. Otherwise the server's is used. */
  readonly bytes?: number | undefined
  /** The most bytes to store. Default: as many as are expected, or two gigabytes. */
  readonly most?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onBytes: (received: number, total: number | undefined) => void
  /** Milliseconds within which a host must deliver some bytes. Default: a minute. */
  readonly patience?: number | undefined
}

/**
 * Fetches the missing bytes of a file into `part` (HTTP Range, RFC 9110 section 14), or all of them if the server does
 * not support ranges. Never stores more than `bytes`, or than two gigabytes if they are unknown, and gives up on a host
 * that sends almost nothing for a minute.
 *
 * @throws DownloadProblem; the signal's reason; the error of the disk
 */
export async function fetchInto(part: PartialFile, url: string, options: FetchOptions): Promise<void> {
  const { bytes, signal, patience } = options
  if (part.size > (bytes ?? MOST_BYTES)) await part.clear()
  if (part.size === bytes) return
  const watch = watchOver(signal, patience)
  try {
    await fetchWatched(part, url, options, watch)
  } finally {
    watch.end()
  }
}

async function fetchWatched(part: PartialFile, url: string, options: FetchOptions, watch: Watch): Promise<void> {
  const { bytes } = options
  const response = await request(url, part.size, options, watch)
  if (bytes === undefined && part.size > 0 && isAllOf(response, part.size)) {
    await response.body?.cancel()
    return
  }
  if (part.size > 0 && !continues(response, part.size)) {
    await part.clear()
    if (response.status !== 200) {
      await response.body?.cancel()
      return fetchInto(part, url, options)
    }
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel()
    const answer = `answered ${`${response.status} ${response.statusText}`.trim()}`
    throw new DownloadProblem(answer, 'refused', {}, response.status)
  }
  await receive(part, response.body, { ...options, bytes: bytes ?? lengthOf(response, part.size) }, watch)
}

async function request(url: string, from: number, { signal }: FetchOptions, watch: Watch): Promise<Response> {
  try {
    // "identity": a range of a compressed form would not be part of the file.
    const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) }
    return await fetch(url, { headers, signal: watch.signal })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new DownloadProblem(`cannot be reached (${reasonOf(cause)})`, 'refused', { cause })
  }
}

const continues = (response: Response, from: number): boolean =>
  response.status === 206 && (response.headers.get('content-range') ?? '').startsWith(`bytes ${from}-`)

/** Tells whether a response says that there is nothing after the range (RFC 9110 section 15.5.17). */
const isAllOf = (response: Response, size: number): boolean =>
  response.status === 416 && response.headers.get('content-range') === `bytes */${size}`

function lengthOf({ headers }: Response, from: number): number | undefined {
  const rest = headers.has('content-encoding') ? Number.NaN : Number(headers.get('content-length') ?? Number.NaN)
  return Number.isSafeInteger(rest) ? from + rest : undefined
}

async function receive(
  part: PartialFile,
  body: ReadableStream<Uint8Array>,
  { bytes, most = bytes ?? MOST_BYTES, signal, onBytes }: FetchOptions,
  watch: Watch,
): Promise<void> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await read(reader, signal)
      if (done) break
      if (part.size + value.length > most) throw new DownloadProblem(`sent more than ${most} bytes`, 'wrong bytes')
      watch.received(value.length)
      await part.append(value)
      onBytes(part.size, bytes)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
  if (bytes !== undefined && part.size < bytes)
    throw new DownloadProblem(`ended after ${part.size} of ${bytes} bytes`, 'cut off')
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal | undefined) {
  try {
    return await reader.read()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new DownloadProblem(`broke off (${reasonOf(cause)})`, 'cut off', { cause })
  }
}

/** Returns the reason behind an error of `fetch`, whose own message is "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || (cause as { code?: string }).code || cause.name : String(cause)
}
