import type { PickleValue, StorageRef } from './pickleValues.js'
import { malformed } from './torchErrors.js'

/** Limits far beyond any state dict (some 30 operations and 5 containers for a tensor), and still little memory. */
export const LIMITS = { bytes: 2 ** 24, operations: 4_000_000, containers: 1_000_000, stack: 200_000 }

/** The mark `(` of a pickle: everything pushed after it belongs together. */
export const MARK = Symbol('mark')

/** The stack, memo and bytes of a pickle. Missing items are an error, and so is exceeding `LIMITS`. */
export class Machine {
  readonly #view: DataView
  readonly #stack: (PickleValue | typeof MARK)[] = []
  readonly #memo = new Map<number, PickleValue>()
  #at = 0
  #containers = 0

  /** The storages that the pickle named, in order. */
  readonly storages: StorageRef[] = []

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The number of bytes that were read. */
  get end(): number {
    return this.#at
  }

  /** Pushes a new value. */
  push(value: PickleValue | typeof MARK): void {
    if (typeof value === 'object' && value !== null) this.#containers++
    if (this.#containers > LIMITS.containers) throw malformed(`its pickle makes more than ${LIMITS.containers} objects`)
    this.#stackUp(value)
  }

  pop(): PickleValue {
    const value = this.#stack.pop()
    if (value === undefined || value === MARK) throw malformed('its pickle takes a value that is not there')
    return value
  }

  top(): PickleValue {
    const value = this.pop()
    this.#stack.push(value)
    return value
  }

  popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK)
    if (mark < 0) throw malformed('its pickle closes what it never opened')
    const values = this.#stack.splice(mark)
    return values.slice(1) as PickleValue[]
  }

  remember(index: number): void {
    this.#memo.set(index, this.top())
  }

  memoize(): void {
    this.remember(this.#memo.size)
  }

  recall(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) throw malformed(`its pickle recalls value ${index}, which it never stored`)
    this.#stackUp(value)
  }

  skip(length: number): void {
    this.#take(length)
  }

  byte = (): number => this.#view.getUint8(this.#take(1))
  uint16 = (): number => this.#view.getUint16(this.#take(2), true)
  int32 = (): number => this.#view.getInt32(this.#take(4), true)
  uint32 = (): number => this.#view.getUint32(this.#take(4), true)
  /** Reads the only big-endian number of a pickle. */
  float64 = (): number => this.#view.getFloat64(this.#take(8), false)

  text(length: number): string {
    const begin = this.#take(length)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        this.bytes.subarray(begin, begin + length),
      )
    } catch (cause) {
      throw malformed('a text of its pickle is not UTF-8', undefined, cause)
    }
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.#at)
    if (end < 0) throw malformed('its pickle was cut off')
    const text = this.text(end - this.#at)
    this.#at++
    return text
  }

  /** Reads a little-endian integer of up to 8 bytes: a number if that is exact. */
  long(length: number): number | bigint {
    if (length > 8) throw malformed(`its pickle has an integer of ${length} bytes`)
    const begin = this.#take(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[begin + i]!)
    const signed = BigInt.asIntN(length * 8, value)
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
  }

  #stackUp(value: PickleValue | typeof MARK): void {
    if (this.#stack.length >= LIMITS.stack) throw malformed(`its pickle stacks more than ${LIMITS.stack} values`)
    this.#stack.push(value)
  }

  #take(length: number): number {
    const begin = this.#at
    if (begin + length > this.bytes.length) throw malformed('its pickle was cut off')
    this.#at += length
    return begin
  }
}
