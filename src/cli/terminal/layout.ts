import truncated from 'fast-string-truncated-width'
import { printable } from '../../index.js'

// Text in columns. Widths are those of a terminal.

/** Computes the columns of a text: East Asian wide letters and emoji have two, combining marks none. */
export const widthOf = (text: string): number => truncated(text).width

/** Cuts a text to the part of its beginning that fits into `width` columns. */
export const cut = (text: string, width: number): string => text.slice(0, truncated(text, { limit: width }).index)

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(width - widthOf(text), 0))
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(width - widthOf(text), 0)) + text

/** Wraps a text into lines of at most `width` columns. A longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

type Definition = readonly [label: string, text: string]

/** The number of columns around a label: two before it, and two between the longest label and the texts. */
export const AROUND_LABEL = 4

/** Computes the column where the texts of such rows begin: after the longest label, very long ones apart. */
export const columnOf = (rows: readonly Definition[]): number =>
  Math.max(0, ...rows.map(([label]) => widthOf(label)).filter((width) => width <= LONG)) + AROUND_LABEL
const LONG = 24

/**
 * Lays out rows of a label and a text. A text that is too long wraps in its column; that of a long label is below it.
 */
export function definitions(rows: readonly Definition[], width: number, column = columnOf(rows)): string[] {
  return rows.flatMap(([label, text]) => {
    const [first = '', ...rest] = wrap(text, Math.max(width - column, 20))
    const indented = (line: string) => `${' '.repeat(column)}${line}`
    const isLong = widthOf(label) + AROUND_LABEL > column
    return [
      ...(isLong ? [`  ${label}`, indented(first)] : [`${padEnd(`  ${label}`, column)}${first}`.trimEnd()]),
      ...rest.map(indented),
    ]
  })
}

/**
 * Lays out rows in columns of the width of their content. Numbers, and all columns from `right` on, are right-aligned.
 */
export function table(rows: readonly (readonly (string | number)[])[], right = Number.POSITIVE_INFINITY): string[] {
  const columns = rows[0]?.length ?? 0
  const shown = rows.map((row) => row.map((value) => (typeof value === 'number' ? value : printable(value))))
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...shown.map((row) => widthOf(String(row[c] ?? '')))),
  )
  const cell = (value: string | number, c: number) =>
    typeof value === 'number' || c >= right ? padStart(String(value), widths[c]!) : padEnd(value, widths[c]!)
  return shown.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd())
}
