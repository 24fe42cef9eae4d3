import { permutation, type Random } from '../../random.js'
import type { Shards } from './SampleTable.js'

/**
 * Returns 0..length-1 in a random order. Samples of shards come shard after shard, these in a random order too, through
 * a window: the next sample is drawn from it, and the one that follows it in the shards takes its place. So what is read
 * at a time lies together.
 */
export function shuffled(length: number, random: Random, shards: Shards | undefined): Uint32Array {
  if (!shards || shards.window >= length) return permutation(length, random)
  const order = byShard(length, random, shards)
  const window = order.slice(0, shards.window)
  for (let at = 0; at < length; at++) {
    const next = at + window.length
    const left = Math.min(window.length, length - at)
    const drawn = random.integer(0, left - 1)
    order[at] = window[drawn]!
    // What is past the end of the shards is the last that the window holds.
    window[drawn] = next < length ? order[next]! : window[left - 1]!
  }
  return order
}

/** Returns the samples in the order of a permutation of their shards. */
function byShard(length: number, random: Random, { count, of }: Shards): Uint32Array {
  const places = new Uint32Array(count)
  for (const [place, shard] of permutation(count, random).entries()) places[shard] = place
  const ends = new Uint32Array(count)
  for (let index = 0; index < length; index++) ends[places[of(index)]!]!++
  for (let place = 1; place < count; place++) ends[place]! += ends[place - 1]!
  const order = new Uint32Array(length)
  for (let index = length - 1; index >= 0; index--) order[--ends[places[of(index)]!]!] = index
  return order
}
