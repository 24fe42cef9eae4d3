import { CsvScanner, INCOMPLETE } from './CsvScanner.js'
import type { FailAt, RowReader, TakeRow } from './ManifestRow.js'

/** The separator of several labels in a field. */
const SEPARATOR = '|'
const COLUMNS = ['source', 'label', 'labels', 'weight', 'group'] as const
type Column = (typeof COLUMNS)[number]

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A reader of CSV with a header that names the columns. Other columns, and empty lines, are passed over. */
export class CsvRows implements RowReader {
  line = 1
  private readonly scanner: CsvScanner
  private columns: ReadonlyMap<Column, number> | undefined
  private fields = 0
  private readonly names = new Map<string, string>()

  constructor(
    private readonly take: TakeRow,
    private readonly fail: FailAt,
  ) {
    this.scanner = new CsvScanner(fail)
  }

  read(bytes: Uint8Array, isLast: boolean): number {
    let at = 0
    while (at < bytes.length) {
      const next = this.scanner.scan(bytes, at, this.line, isLast)
      if (next === INCOMPLETE) break
      if (!this.scanner.isEmpty) this.record(bytes)
      this.line += this.scanner.lines
      at = next
    }
    if (isLast && !this.columns) this.readHeader(bytes)
    return at
  }

  private record(bytes: Uint8Array): void {
    if (!this.columns) {
      this.readHeader(bytes)
      return
    }
    const { fields } = this.scanner
    if (fields !== this.fields) this.fail(this.line, `it has ${fields} fields, the header ${this.fields}`)
    const labels = this.name(bytes, 'labels')
    const weight = this.text(bytes, 'weight')
    this.take(
      {
        source: this.scanner.field(bytes, this.columns.get('source')!),
        label: this.name(bytes, 'label'),
        labels: labels === '' ? [] : labels?.split(SEPARATOR),
        weight: weight ? Number(weight) : undefined,
        group: this.name(bytes, 'group'),
      },
      this.line,
    )
  }

  private readHeader(bytes: Uint8Array): void {
    this.fields = this.scanner.fields
    const header = Array.from({ length: this.fields }, (_, i) => decoder.decode(this.scanner.field(bytes, i)))
    this.columns = new Map(
      COLUMNS.map((name) => [name, header.indexOf(name)] as const).filter(([, place]) => place >= 0),
    )
    if (!this.columns.has('source')) this.fail(1, 'the header has no column source')
    const [has, hasSeveral] = [this.columns.has('label'), this.columns.has('labels')]
    if (has === hasSeveral)
      this.fail(1, `the header has ${has ? 'both label and labels' : 'no column label or labels'}`)
  }

  private text(bytes: Uint8Array, column: Column): string | undefined {
    const place = this.columns!.get(column)
    return place === undefined ? undefined : decoder.decode(this.scanner.field(bytes, place))
  }

  /** Returns one string for all equal names. */
  private name(bytes: Uint8Array, column: Column): string | undefined {
    const text = this.text(bytes, column)
    if (text === undefined) return undefined
    const known = this.names.get(text)
    if (known === undefined) this.names.set(text, text)
    return known ?? text
  }
}
