import { printable } from '../../index.js'

/** Quotes a word for a shell; one with control characters in the form of bash and zsh. */
export function quoted(word: string): string {
  if (/^[\w./:=,-]+$/.test(word)) return word
  if (printable(word) === word) return `'${word.replaceAll("'", "'\\''")}'`
  return `$'${printable(word.replaceAll(/['\\]/g, '\\$&'))}'`
}
