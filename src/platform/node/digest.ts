import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { DigestAlgorithm } from '../contract.js'

/** The bytes that are hashed in a millisecond or two. WebCrypto copies its whole input first, and takes no 2 GiB. */
const PIECE = 2 ** 20

export async function digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<string> {
  const hash = createHash(algorithm)
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (at > 0) await setImmediate()
    hash.update(bytes.subarray(at, at + PIECE))
  }
  return hash.digest('hex')
}
