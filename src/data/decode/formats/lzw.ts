/** The variant of Lempel-Ziv-Welch codes in GIF or TIFF. */
export interface LzwForm {
  /** The bits of a value; a code has one more at first. */
  readonly codeBits: number
  /** The bit order: a code begins in the lowest bit of a byte (GIF) or in the highest (TIFF). */
  readonly order: 'lowFirst' | 'highFirst'
  /** True if codes become longer one code early, as in TIFF. */
  readonly earlyChange: boolean
}

const LONGEST = 12

/**
 * Counts the values that LZW data expand to, without expanding them, up to the end code, the first invalid code or the
 * end of the data.
 */
export function lzwLength(data: Uint8Array, form: LzwForm): number {
  const clear = 1 << form.codeBits
  const lengths = new Uint32Array(2 ** LONGEST).fill(1, 0, clear)
  const early = form.earlyChange ? 1 : 0
  let [next, bits, before, total] = [clear + 2, form.codeBits + 1, 0, 0]
  for (let at = 0; at + bits <= data.length * 8; ) {
    const code = readCode(data, at, bits, form.order)
    at += bits
    if (code === clear) [next, bits, before] = [clear + 2, form.codeBits + 1, 0]
    else {
      if (code === clear + 1 || code > next || (code === next && before === 0)) return total
      const length = code === next ? before + 1 : lengths[code]!
      if (length === 0) return total
      total += length
      if (before > 0 && next < 2 ** LONGEST) lengths[next++] = before + 1
      before = length
      if (next + early >= 1 << bits && bits < LONGEST) bits++
    }
  }
  return total
}

/** Expands LZW data that is known to hold `size` values, by `lzwLength`. */
export function expandLzw(data: Uint8Array, form: LzwForm, size: number): Uint8Array {
  const clear = 1 << form.codeBits
  const early = form.earlyChange ? 1 : 0
  const result = new Uint8Array(size)
  // A code above the values stands for some that were expanded before.
  const [starts, lengths] = [new Uint32Array(2 ** LONGEST), new Uint32Array(2 ** LONGEST)]
  let [next, bits, before, filled] = [clear + 2, form.codeBits + 1, 0, 0]
  for (let at = 0; filled < size; ) {
    const code = readCode(data, at, bits, form.order)
    at += bits
    if (code === clear) [next, bits, before] = [clear + 2, form.codeBits + 1, 0]
    else {
      if (before > 0 && next < 2 ** LONGEST) {
        starts[next] = filled - before
        lengths[next++] = before + 1
      }
      const [start, length] = code < clear ? [filled, 1] : [starts[code]!, lengths[code]!]
      // The last value may be the first of those being written.
      if (code < clear) result[filled] = code
      else for (let i = 0; i < length; i++) result[filled + i] = result[start + i]!
      filled += length
      before = length
      if (next + early >= 1 << bits && bits < LONGEST) bits++
    }
  }
  return result
}

/** Reads a code of up to 12 bits, which are in up to three bytes. */
function readCode(data: Uint8Array, at: number, bits: number, order: LzwForm['order']): number {
  const first = at >> 3
  const [a, b, c] = [data[first]!, data[first + 1] ?? 0, data[first + 2] ?? 0]
  const mask = (1 << bits) - 1
  if (order === 'lowFirst') return ((a | (b << 8) | (c << 16)) >> (at & 7)) & mask
  return (((a << 16) | (b << 8) | c) >> (24 - (at & 7) - bits)) & mask
}
