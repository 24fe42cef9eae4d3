import type { Random } from '../random.js'

/** Returns an entry of a map, each as probable as the others. */
export function pick<K, V>(entries: ReadonlyMap<K, V>, random: Random): readonly [K, V] {
  return [...entries][random.integer(0, entries.size - 1)]!
}
