import { ByteBuffer, type Encoding } from 'flatbuffers'
import { malformed } from './checkpointFormat.js'

/**
 * The bytes of a FlatBuffers file, for generated code. Every access is checked, because the FlatBuffers library itself
 * reads zeros outside of them. A malformed or malicious file therefore causes only an error.
 */
export class CheckedBuffer extends ByteBuffer {
  override readUint8(offset: number): number {
    this.#demandInside(offset, 1)
    return super.readUint8(offset)
  }

  override readUint16(offset: number): number {
    this.#demandInside(offset, 2)
    return super.readUint16(offset)
  }

  /** Reads four bytes; longer values are read through it, too. */
  override readInt32(offset: number): number {
    this.#demandInside(offset, 4)
    return super.readInt32(offset)
  }

  /** Counts the items of a vector, each of one byte or more. */
  override __vector_len(offset: number): number {
    const length = super.__vector_len(offset) >>> 0
    if (this.__vector(offset) + length > this.capacity())
      throw malformed(`a list of ${length} items does not fit in it`)
    return length
  }

  override __string(offset: number, encoding?: Encoding): string | Uint8Array {
    this.__vector_len(offset)
    return super.__string(offset, encoding)
  }

  #demandInside(offset: number, bytes: number): void {
    if (offset < 0 || offset + bytes > this.capacity()) throw malformed('an offset points outside of it')
  }
}
