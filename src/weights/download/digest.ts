/** A digest in hex digits, by the platform's WebCrypto. */
export async function digest(algorithm: 'SHA-256' | 'SHA-1', bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest(algorithm, bytes as BufferSource)
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The SHA-256 of plain data, as JSON has it. */
export const digestOfJson = (data: unknown): Promise<string> =>
  digest('SHA-256', new TextEncoder().encode(JSON.stringify(data)))
