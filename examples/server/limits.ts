/** The most that strangers may ask for at a time. */
export interface Limits {
  /** Bytes of an image, and of a plan. */
  readonly imageBytes: number
  readonly planBytes: number
  /**
   * Requests that are read and computed at once, and those that wait for it; whoever comes then is told to come again.
   */
  readonly jobs: number
  readonly waiting: number
  /** Readers of the events, and what one of them may leave unread, in bytes. */
  readonly listeners: number
  readonly unreadBytes: number
  readonly connections: number
  /** Milliseconds for the headers of a request, for its body, and for a connection on which nothing moves. */
  readonly headersTime: number
  readonly bodyTime: number
  readonly idleTime: number
  /** Names that the server goes by: a page elsewhere that has its own name lead here is not listened to. */
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
