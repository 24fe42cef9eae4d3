import { digest } from '#platform'

export { digest }

/** The SHA-256 of plain data, as JSON has it. */
export const digestOfJson = (data: unknown): Promise<string> =>
  digest('SHA-256', new TextEncoder().encode(JSON.stringify(data)))
