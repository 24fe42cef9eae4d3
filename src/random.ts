import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { checkArgument, type Kind, kinds } from './arguments.js'

/** A seeded source of random numbers. Equal keys give equal numbers on every machine. */
export interface Random {
  /** Returns a number, uniform in [0, 1), 32 bits. */
  next(): number
  /** Returns a number, uniform in [min, max). */
  uniform(min: number, max: number): number
  /** Returns a whole number, uniform in min..max, both included. */
  integer(min: number, max: number): number
  /** Returns a Gaussian number with mean 0 and standard deviation 1 (Box-Muller). */
  normal(): number
}

/**
 * Makes a random source for a purpose: `random(seed, 'shuffle', epoch)`. Each list of keys has a stream of its own, so
 * the draws of one purpose never affect those of another.
 */
export function seededRandom(...keys: readonly (number | string)[]): Random {
  for (const key of keys) checkArgument('seededRandom: key', key, keyKind)
  const generator = xoroshiro128plus(hash(keys.join('\u0000')))
  const next = () => (generator.next() >>> 0) / 2 ** 32
  return {
    next,
    uniform(min, max) {
      demandRange('Random.uniform', min, max)
      return min + (max - min) * next()
    },
    integer(min, max) {
      demandRange('Random.integer', min, max)
      return min + Math.floor(next() * (max - min + 1))
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

/** Checks a range. Called for every number, so hardly more than two comparisons if it is valid. */
function demandRange(call: string, min: number, max: number): void {
  const span = typeof min === 'number' && typeof max === 'number' ? max - min : Number.NaN
  if (span >= 0 && span < Number.POSITIVE_INFINITY) return
  checkArgument(`${call}: min`, min, kinds.number)
  checkArgument(`${call}: max`, max, { expected: `a number from min (${min}) up`, is: () => false })
}

const keyKind: Kind = {
  expected: 'a number or a string',
  is: (value) => typeof value === 'string' || Number.isFinite(value),
}

/** Returns 0..length-1 in a random order (Fisher-Yates). */
export function permutation(length: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(0, i)
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
  return order
}

/** Hashes by FNV-1a with a final avalanche (the finalizer of MurmurHash3), so that similar keys give distant seeds. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
