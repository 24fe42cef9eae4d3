import { distance } from 'fastest-levenshtein'

/** Returns the name that `word` was probably meant to be, if one is close. Case and dashes are ignored. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '')
  const [best] = known
    .map((name) => ({ name, edits: distance(plain(word), plain(name)) }))
    .sort((a, b) => a.edits - b.edits)
  return best && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined
}
