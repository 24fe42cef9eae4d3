/** The platform's inflater, with the members that are used; the types of Node and of browsers differ in the rest. */
declare const DecompressionStream: new (format: Format) => ReadableWritablePair<Uint8Array, Uint8Array>

/** The format of compressed data: 'deflate' is deflate data between zlib's header and checksum. */
type Format = 'deflate' | 'deflate-raw'

/**
 * Inflates raw deflate data that must decompress to exactly `size` bytes: it stops as soon as there is one more.
 *
 * @returns undefined if the data is damaged or has another size
 */
export async function inflate(bytes: Uint8Array, size: number): Promise<Uint8Array | undefined> {
  const { result, end } = await inflateUpTo(bytes, size, 'deflate-raw')
  return end === 'there' && result.length === size ? result : undefined
}

/** The first decompressed bytes of deflate data, and the state of the data after them. */
export interface Inflated {
  /** The first `size` bytes, or fewer if the data ends before. */
  readonly result: Uint8Array
  /**
   * The state of the data after `result`: it ends ('there'), continues ('later': the rest is not inflated, whatever its
   * length), or is damaged or truncated ('damaged').
   */
  readonly end: 'there' | 'later' | 'damaged'
}

export async function inflateUpTo(bytes: Uint8Array, size: number, format: Format): Promise<Inflated> {
  const result = new Uint8Array(size)
  let filled = 0
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { result: result.subarray(0, filled), end: 'there' }
      const rest = size - filled
      result.set(value.subarray(0, rest), filled)
      filled += Math.min(value.length, rest)
      if (value.length > rest) {
        await reader.cancel()
        return { result, end: 'later' }
      }
    }
  } catch {
    return { result: result.subarray(0, filled), end: 'damaged' }
  }
}
