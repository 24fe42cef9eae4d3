import { onnxError } from '../errors.js'

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Converts int64 to a number, clamped: beyond 2^53 occurs as "to the very end" in slices, which the nearest safe
 * integer also means.
 */
export const toNumber = (value: bigint): number =>
  Number(value > MAX_SAFE ? MAX_SAFE : value < -MAX_SAFE ? -MAX_SAFE : value)

/** Converts back: "to the very end" is the end of int64 again. */
export function toBigInt(value: number): bigint {
  if (value === Number.MAX_SAFE_INTEGER) return 2n ** 63n - 1n
  if (value === -Number.MAX_SAFE_INTEGER) return -(2n ** 63n)
  return BigInt(value)
}

/** Converts a version. @throws FineTuneError 'onnx/malformed' for a number that no version can have */
export function toVersion(value: bigint, what: string): number {
  if (value < 0n || value > MAX_SAFE) throw onnxError('onnx/malformed', { problem: `${what} is ${value}` })
  return Number(value)
}

/** Normalizes a domain: the default one has two names in files, and one, `''`, in graphs. */
export const toDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain)

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
export const toText = (bytes: Uint8Array): string => decoder.decode(bytes)
export const toBytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)
