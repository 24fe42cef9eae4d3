/** A digest in hex digits, by the platform's WebCrypto. */
export async function digest(algorithm: 'SHA-256' | 'SHA-1', bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest(algorithm, bytes as BufferSource)
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
