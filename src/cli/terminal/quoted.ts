import { printable } from '../../index.js'

/** A word as a shell takes it; one with control characters as bash and zsh do. */
export function quoted(word: string): string {
  if (/^[\w./:=,-]+$/.test(word)) return word
  if (printable(word) === word) return `'${word.replaceAll("'", "'\\''")}'`
  return `$'${printable(word.replaceAll(/['\\]/g, '\\$&'))}'`
}
