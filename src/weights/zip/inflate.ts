/** The platform's inflater, as far as it is used; the types of Node and of browsers differ in the rest. */
declare const DecompressionStream: new (format: 'deflate-raw') => ReadableWritablePair<Uint8Array, Uint8Array>

/**
 * Inflates raw deflate data that must give exactly `size` bytes: it stops as soon as there is one more.
 *
 * @returns undefined when the data is damaged or has another size
 */
export async function inflate(bytes: Uint8Array, size: number): Promise<Uint8Array | undefined> {
  const result = new Uint8Array(size)
  let filled = 0
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
  const reader = source.pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return filled === size ? result : undefined
      if (filled + value.length > size) {
        await reader.cancel()
        return undefined
      }
      result.set(value, filled)
      filled += value.length
    }
  } catch {
    return undefined
  }
}
