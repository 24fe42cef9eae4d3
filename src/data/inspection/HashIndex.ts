type Hash = readonly [high: number, low: number]

/** Bits of a hash that an index is kept of, four times. */
const BAND = 16
const NONE: readonly number[] = []

/**
 * Hashes of 64 bits, to be found again with up to `distance` bits changed. Of so many, one of the four quarters of the hash
 * has at most a fourth: only hashes that nearly agree in a quarter are compared, instead of all.
 */
export class HashIndex {
  private readonly hashes: Hash[] = []
  /** For each quarter, the places of the hashes that have a value there. */
  private readonly bands = Array.from({ length: 64 / BAND }, () =>
    new Array<number[] | undefined>(2 ** BAND).fill(undefined),
  )
  /** What to change of a quarter, in bits. */
  private readonly changes: readonly number[]

  constructor(private readonly distance: number) {
    this.changes = masks(BAND, Math.floor(distance / this.bands.length))
  }

  /** @returns its place: hashes are counted from 0 */
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

  /** The places of the hashes within the distance, in no order. */
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

/** How many bits of 32 are set. */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return (((fours + (fours >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

/** All numbers of so many bits of which at most `most` are set. */
function masks(bits: number, most: number): number[] {
  if (most === 0 || bits === 0) return [0]
  const [without, having] = [masks(bits - 1, most), masks(bits - 1, most - 1)]
  return [...without, ...having.map((mask) => mask | (1 << (bits - 1)))]
}
