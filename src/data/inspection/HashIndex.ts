type Hash = readonly [high: number, low: number]

/** The bits of each quarter of a hash; there is an index for each. */
const BAND = 16
const NONE: readonly number[] = []

/**
 * An index of hashes of 64 bits that finds those within a Hamming distance of `distance`. One of the four quarters of
 * such a hash differs in at most a fourth of these bits: only hashes that nearly agree in a quarter are compared,
 * instead of all.
 */
export class HashIndex {
  private readonly hashes: Hash[] = []
  /** The positions of the hashes for each quarter, by its value. */
  private readonly bands = Array.from({ length: 64 / BAND }, () =>
    new Array<number[] | undefined>(2 ** BAND).fill(undefined),
  )
  /** The masks of bits of a quarter to change. */
  private readonly changes: readonly number[]

  constructor(private readonly distance: number) {
    this.changes = masks(BAND, Math.floor(distance / this.bands.length))
  }

  /** Adds a hash. @returns its position: hashes are counted from 0 */
  add(hash: Hash): number {
    const place = this.hashes.push(hash) - 1
    for (const [i, band] of this.bands.entries()) {
      const quarter = quarterOf(hash, i)
      const there = band[quarter]
      if (there) there.push(place)
      else band[quarter] = [place]
    }
    return place
  }

  /** Returns the positions of the hashes within the distance, in no particular order. */
  near(hash: Hash): Set<number> {
    const found = new Set<number>()
    for (const [i, band] of this.bands.entries()) {
      const quarter = quarterOf(hash, i)
      for (const change of this.changes)
        for (const place of band[quarter ^ change] ?? NONE)
          if (differences(hash, this.hashes[place]!) <= this.distance) found.add(place)
    }
    return found
  }
}

const quarterOf = (hash: Hash, i: number): number => (hash[i >> 1]! >>> (BAND * (i & 1))) & 0xffff

const differences = (a: Hash, b: Hash): number => ones(a[0] ^ b[0]) + ones(a[1] ^ b[1])

/** Counts the set bits of an int32. */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return (((fours + (fours >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

/** Returns all integers of the given number of bits with at most `most` bits set. */
function masks(bits: number, most: number): number[] {
  if (most === 0 || bits === 0) return [0]
  const [without, having] = [masks(bits - 1, most), masks(bits - 1, most - 1)]
  return [...without, ...having.map((mask) => mask | (1 << (bits - 1)))]
}
