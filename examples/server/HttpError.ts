import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** An answer other than success. */
export class HttpError extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}
