import { FineTuneError } from '../errors.js'

/**
 * Reads FlatBuffers tables with every access checked, so that a broken or hostile file gives an error and nothing else.
 * A table begins with the distance to its vtable, which says where each field lies, counted from the table.
 */
export class FlatTable {
  private constructor(
    readonly view: DataView,
    readonly at: number,
  ) {}

  /** @param identifier four letters that the file must carry */
  static root(bytes: Uint8Array, identifier: string): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < 8) throw malformed(`it has ${bytes.length} bytes`)
    const found = String.fromCharCode(...bytes.subarray(4, 8))
    if (found !== identifier) throw malformed(`it carries ${JSON.stringify(found)} where ${identifier} belongs`)
    return guarded(() => new FlatTable(view, view.getUint32(0, true)))
  }

  int32(field: number, fallback = 0): number {
    return this.#scalar(field, fallback, (at) => this.view.getInt32(at, true))
  }
  float32(field: number, fallback = 0): number {
    return this.#scalar(field, fallback, (at) => this.view.getFloat32(at, true))
  }
  int64(field: number, fallback = 0n): bigint {
    return this.#scalar(field, fallback, (at) => this.view.getBigInt64(at, true))
  }
  bool(field: number): boolean {
    return this.#scalar(field, 0, (at) => this.view.getUint8(at)) !== 0
  }

  table(field: number): FlatTable | undefined {
    return guarded(() => {
      const at = this.#field(field)
      return at === undefined ? undefined : new FlatTable(this.view, at + this.view.getUint32(at, true))
    })
  }

  text(field: number): string {
    const bytes = this.bytes(field)
    return new TextDecoder().decode(bytes)
  }

  /** A view of a vector of bytes; empty where there is none. */
  bytes(field: number): Uint8Array {
    const { start, length } = this.#vector(field, 1)
    return new Uint8Array(this.view.buffer, this.view.byteOffset + start, length)
  }

  int64s(field: number): bigint[] {
    const { start, length } = this.#vector(field, 8)
    return Array.from({ length }, (_, i) => this.view.getBigInt64(start + 8 * i, true))
  }

  tables(field: number): FlatTable[] {
    const { start, length } = this.#vector(field, 4)
    const positions = Array.from({ length }, (_, i) => start + 4 * i)
    return positions.map((at) => new FlatTable(this.view, at + this.view.getUint32(at, true)))
  }

  #scalar<T>(field: number, fallback: T, read: (at: number) => T): T {
    return guarded(() => {
      const at = this.#field(field)
      return at === undefined ? fallback : read(at)
    })
  }

  #vector(field: number, size: number): { start: number; length: number } {
    return guarded(() => {
      const at = this.#field(field)
      if (at === undefined) return { start: 0, length: 0 }
      const position = at + this.view.getUint32(at, true)
      const [start, length] = [position + 4, this.view.getUint32(position, true)]
      if (start + length * size > this.view.byteLength) throw malformed(`a list of ${length} items does not fit in it`)
      return { start, length }
    })
  }

  /** Where a field lies, or undefined where the table leaves it out. */
  #field(field: number): number | undefined {
    const vtable = this.at - this.view.getInt32(this.at, true)
    const entry = 4 + 2 * field
    if (entry + 2 > this.view.getUint16(vtable, true)) return undefined
    const offset = this.view.getUint16(vtable + entry, true)
    return offset === 0 ? undefined : this.at + offset
  }
}

export const malformed = (problem: string, where?: string) =>
  new FineTuneError('artifacts/malformed-checkpoint', { problem, ...(where !== undefined && { where }) })

/** DataView throws a RangeError for every access outside the bytes. */
function guarded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw malformed('an offset points outside of it')
    throw error
  }
}
