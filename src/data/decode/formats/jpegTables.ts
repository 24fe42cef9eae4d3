/** Looks whether a segment of tables holds whole tables and nothing else, so that a decoder leaves it where it ends. */
export function checkTables(marker: number, content: Uint8Array): void {
  const { name, length } = kinds[marker]!
  let at = 0
  while (at < content.length) at += length(content, at)
  if (at !== content.length || at === 0) throw new Error(`its ${name} do not fill their segment`)
}

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0)

/** Bytes of the table that begins at `at`. */
const kinds: Readonly<Record<number, { name: string; length(content: Uint8Array, at: number): number }>> = {
  // 16 counts of codes by their length, then as many values.
  196: { name: 'Huffman tables', length: (content, at) => 17 + sum(content.subarray(at + 1, at + 17)) },
  // 64 numbers of 8 bits, or of 16.
  219: { name: 'quantization tables', length: (content, at) => (content[at]! >> 4 === 0 ? 65 : 129) },
  221: { name: 'restart intervals', length: () => 2 },
}
