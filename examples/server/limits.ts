/** The limits on what clients may request at a time. */
export interface Limits {
  /** The largest image, and the largest body of `POST /train`, in bytes. */
  readonly imageBytes: number
  readonly planBytes: number
  /**
   * The number of requests that are read and computed at once, and of those that wait for it; further ones are told to
   * try again.
   */
  readonly jobs: number
  readonly waiting: number
  /** The number of readers of the events, and the bytes that one of them may leave unread. */
  readonly listeners: number
  readonly unreadBytes: number
  readonly connections: number
  /** The timeouts of the headers of a request, of its body, and of an idle connection, in milliseconds. */
  readonly headersTime: number
  readonly bodyTime: number
  readonly idleTime: number
  /** The host names that the server answers to: a site whose own name resolves to this address is refused. */
  readonly hosts: readonly string[]
}

export const usualLimits: Limits = {
  imageBytes: 20 * 2 ** 20,
  planBytes: 10_000,
  jobs: 4,
  waiting: 16,
  listeners: 50,
  unreadBytes: 2 ** 20,
  connections: 200,
  headersTime: 10_000,
  bodyTime: 20_000,
  idleTime: 60_000,
  hosts: ['localhost', '127.0.0.1', '[::1]'],
}
