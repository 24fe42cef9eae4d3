import { checkArgument, type Kind, kinds } from '../arguments.js'

/**
 * Memory of batches that are done, for those to come: what is dropped instead has to be found anew, and collected. At 128
 * images of 224 x 224 finding 77 MB of new memory takes longer than writing the batch.
 */
export interface BufferPool {
  /** Returns a buffer of that size; its contents are arbitrary. */
  acquire(bytes: number): ArrayBuffer
  /** Takes a buffer that is no longer read. */
  release(buffer: ArrayBuffer): void
}

/** New memory of fewer bytes is found at once. */
const SMALL = 2 ** 20

/** @param most buffers that wait to be used again; of more, the one that has waited longest is dropped */
export function bufferPool(most: number): BufferPool {
  const buffers: ArrayBuffer[] = []
  return {
    acquire(bytes) {
      checkArgument('BufferPool.acquire: bytes', bytes, kinds.count)
      const at = buffers.findLastIndex(({ byteLength }) => byteLength === bytes)
      return at < 0 ? new ArrayBuffer(bytes) : buffers.splice(at, 1)[0]!
    },
    release(buffer) {
      checkArgument('BufferPool.release: buffer', buffer, bufferKind)
      if (buffer.byteLength < SMALL) return
      buffers.push(buffer)
      if (buffers.length > most) buffers.shift()
    },
  }
}

const bufferKind: Kind = { expected: 'an ArrayBuffer', is: (value) => value instanceof ArrayBuffer }

export const isBufferPool = (value: unknown): value is BufferPool => {
  const { acquire, release } = (value ?? {}) as Partial<BufferPool>
  return typeof acquire === 'function' && typeof release === 'function'
}
