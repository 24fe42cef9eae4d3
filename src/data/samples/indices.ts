/** Returns the indices below a length that pass a test, in order. */
export function indicesWhere(length: number, passes: (index: number) => boolean): Uint32Array {
  const indices = new Uint32Array(length)
  let count = 0
  for (let index = 0; index < length; index++) if (passes(index)) indices[count++] = index
  return indices.slice(0, count)
}
