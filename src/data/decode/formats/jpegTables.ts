/**
 * Checks that a segment of tables holds complete tables and nothing else, so that a decoder ends where it does.
 * @returns the first byte of each, which names it
 */
export function readTables(marker: number, content: Uint8Array): number[] {
  const { name, length } = kinds[marker]!
  const names: number[] = []
  let at = 0
  for (; at < content.length; at += length(content, at)) names.push(content[at]!)
  if (at !== content.length || at === 0) throw new Error(`its ${name} do not fill their segment`)
  return names
}

/**
 * Returns the Huffman tables that a scan needs, as their segments name them: of DC values 0 to 3, of AC values 16 to
 * 19. A progressive scan has values of one kind, and only bits when it refines DC values.
 */
export function tablesOf(scan: Uint8Array, isProgressive: boolean): number[] {
  const [from, , precision] = scan.subarray(-3)
  const isRefinement = precision! >> 4 > 0
  const needsDc = isProgressive ? from === 0 && !isRefinement : true
  const needsAc = isProgressive ? from! > 0 : true
  return Array.from({ length: scan[0]! }, (_, i) => scan[2 + 2 * i]!).flatMap((choice) => [
    ...(needsDc ? [choice >> 4] : []),
    ...(needsAc ? [16 + (choice & 15)] : []),
  ])
}

function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0
  for (let at = from; at < to; at++) total += bytes[at] ?? 0
  return total
}

/** The length in bytes of the table that begins at `at`. */
const kinds: Readonly<Record<number, { name: string; length(content: Uint8Array, at: number): number }>> = {
  // 16 counts of codes by their length, then that many values.
  196: { name: 'Huffman tables', length: (content, at) => 17 + sum(content, at + 1, at + 17) },
  // 64 numbers of 8 or 16 bits.
  219: { name: 'quantization tables', length: (content, at) => (content[at]! >> 4 === 0 ? 65 : 129) },
  221: { name: 'restart intervals', length: () => 2 },
}

/** Tells whether the header of a progressive scan names valid coefficients and bits (ITU T.81, G.1.1.1). */
export function isStage(scan: Uint8Array): boolean {
  const [from, to, precision] = scan.subarray(-3) as unknown as [number, number, number]
  const [before, now] = [precision >> 4, precision & 15]
  const isBand = from === 0 ? to === 0 : to >= from && to <= 63 && scan[0] === 1
  return isBand && now <= 13 && (before === 0 || before === now + 1)
}
