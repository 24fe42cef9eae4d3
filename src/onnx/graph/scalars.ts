import { FineTuneError } from '../../errors.js'

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** int64 beyond 2^53 occurs as "to the very end" in slices; the nearest safe integer means the same. */
export const toNumber = (value: bigint): number =>
  Number(value > MAX_SAFE ? MAX_SAFE : value < -MAX_SAFE ? -MAX_SAFE : value)

/** The other half of that clamp: "to the very end" is the end of int64 again. */
export function toBigInt(value: number): bigint {
  if (value === Number.MAX_SAFE_INTEGER) return 2n ** 63n - 1n
  if (value === -Number.MAX_SAFE_INTEGER) return -(2n ** 63n)
  return BigInt(value)
}

/** @throws FineTuneError 'onnx/malformed' where no version can have this number */
export function toVersion(value: bigint, what: string): number {
  if (value < 0n || value > MAX_SAFE) throw new FineTuneError('onnx/malformed', { problem: `${what} is ${value}` })
  return Number(value)
}

/** The default domain has two names in files, and one, `''`, in graphs. */
export const toDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain)

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
export const toText = (bytes: Uint8Array): string => decoder.decode(bytes)
export const toBytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)
