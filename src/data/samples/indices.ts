/** Returns the indices below a length that pass a test, in order. */
export function indicesWhere(length: number, passes: (index: number) => boolean): Uint32Array {
  const indices = new Uint32Array(length)
  let count = 0
  for (let index = 0; index < length; index++) if (passes(index)) indices[count++] = index
  return indices.slice(0, count)
}

/** Returns at most `most` of the indices below a length, evenly spaced. */
export function spreadIndices(length: number, most: number): number[] {
  const count = Math.min(length, most)
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count))
}
