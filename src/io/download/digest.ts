import { digest } from '#platform'

export { digest }

/** Returns the SHA-256 of plain data, in the form of JSON. */
export const digestOfJson = (data: unknown): Promise<string> =>
  digest('SHA-256', new TextEncoder().encode(JSON.stringify(data)))
