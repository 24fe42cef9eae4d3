import { padEnd, table, widthOf, wrap } from '../terminal/layout.js'
import type { Line } from '../terminal/Output.js'

/** A label with its lines or rows. */
export type Section = readonly [label: string, lines: string | readonly string[] | Rows]
export interface Rows {
  readonly rows: readonly (readonly (string | number)[])[]
}

/** The description of a file or folder: as data for programs, and as a title and sections of text. */
export interface Description {
  readonly data: { readonly kind: string } & Readonly<Record<string, unknown>>
  readonly title: string
  readonly sections: readonly Section[]
}

/** Renders labels on the left and their lines on the right; rows are a table of their own below their label. */
export function render({ title, sections }: Description, width: number): Line[] {
  const column = Math.max(...sections.map(([label, lines]) => (isRows(lines) ? 0 : widthOf(label)))) + 4
  const lines = sections.flatMap(([label, content]): Line[] => {
    if (isRows(content)) return ['', [{ text: label, style: 'dim' }], ...table(content.rows)]
    const texts = typeof content === 'string' ? [content] : content
    const wrapped = texts.flatMap((text) => wrap(text, Math.max(width - column, 24)))
    return wrapped.map((text, i) =>
      i === 0
        ? [{ text: '  ' }, { text: padEnd(label, column - 2), style: 'dim' }, { text }]
        : `${' '.repeat(column)}${text}`,
    )
  })
  return [[{ text: title, style: 'bold' }], ...lines]
}

const isRows = (content: Section[1]): content is Rows => typeof content === 'object' && 'rows' in content
