/** An Einsum equation: for each input, and for the result, a letter for each axis. */
export interface Equation {
  readonly terms: readonly string[]
  readonly result: string
}

const ELLIPSIS = '...'
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']

/**
 * Reads an equation for inputs of these ranks. An ellipsis becomes letters of its own; the last of these belong to the
 * last axes. Without a result, it has the axes of the ellipsis and then each letter that occurs once, by the alphabet.
 *
 * @throws RangeError for one that does not fit the ranks
 */
export function readEquation(equation: string, ranks: readonly number[]): Equation {
  const [left = '', right] = equation.replaceAll(' ', '').split('->')
  const written = left.split(',')
  if (written.length !== ranks.length) throw new RangeError(`${written.length} terms for ${ranks.length} inputs`)
  const free = LETTERS.filter((letter) => !equation.includes(letter))
  const hidden = written.map((term, i) => (term.includes(ELLIPSIS) ? ranks[i]! - (term.length - ELLIPSIS.length) : 0))
  const most = Math.max(0, ...hidden)
  if (hidden.some((count) => count < 0) || most > free.length)
    throw new RangeError(`${equation} does not fit the ranks`)
  const letters = (count: number) => free.slice(most - count, most).join('')
  const terms = written.map((term, i) => term.replace(ELLIPSIS, letters(hidden[i]!)))
  const mismatched = terms.findIndex((term, i) => term.length !== ranks[i])
  if (mismatched >= 0) throw new RangeError(`the term ${written[mismatched]} has not ${ranks[mismatched]} axes`)
  return { terms, result: right?.replace(ELLIPSIS, letters(most)) ?? letters(most) + lettersOccurringOnce(left) }
}

function lettersOccurringOnce(left: string): string {
  const all = [...left].filter((letter) => LETTERS.includes(letter))
  return all
    .filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter))
    .sort()
    .join('')
}
