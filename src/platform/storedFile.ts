import type { StoredFile } from './contract.js'

/** Returns bytes in memory as a file. What is read is a view of them, not a copy. */
export const storedBytes = (bytes: Uint8Array): StoredFile => ({
  size: bytes.length,
  read: async (begin, end) => bytes.subarray(begin, end) as Uint8Array<ArrayBuffer>,
  async close() {},
})

/** Returns a blob, such as a file that was chosen in the browser, as a file to read by ranges. */
export const storedBlob = (blob: Blob): StoredFile => ({
  size: blob.size,
  read: async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
  async close() {},
})
