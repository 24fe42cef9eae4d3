import { distance } from 'fastest-levenshtein'

/** The name that somebody who wrote `word` probably meant, if one is near. Case and dashes do not count. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '')
  const [best] = known
    .map((name) => ({ name, edits: distance(plain(word), plain(name)) }))
    .sort((a, b) => a.edits - b.edits)
  return best && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined
}
