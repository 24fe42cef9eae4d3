import { CsvScanner, INCOMPLETE } from './CsvScanner.js'
import type { FailAt, ManifestRow, ManifestTargets, RowReader, TakeRow } from './ManifestRow.js'

const OPTIONAL = ['label', 'labels', 'weight', 'group']

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A reader of CSV with a header that names the columns. Other columns, and empty lines, are passed over. */
export class CsvRows implements RowReader {
  line = 1
  private readonly scanner: CsvScanner
  private columns: ReadonlyMap<string, number> | undefined
  private fields = 0
  private readonly names = new Map<string, string>()

  constructor(
    private readonly take: TakeRow,
    private readonly fail: FailAt,
    private readonly targets: ManifestTargets,
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
    const weight = this.text(bytes, 'weight')
    this.take(
      {
        source: this.scanner.field(bytes, this.columns.get('source')!),
        ...this.targetsOf(bytes),
        weight: weight ? Number(weight) : undefined,
        group: this.name(bytes, 'group'),
      },
      this.line,
    )
  }

  private targetsOf(bytes: Uint8Array): Pick<ManifestRow, 'label' | 'labels' | 'values'> {
    const { values, separator } = this.targets
    if (values) return { values: values.map((name) => numberIn(this.text(bytes, name)!)) }
    const labels = this.name(bytes, 'labels')?.trim()
    if (labels === undefined) return { label: this.name(bytes, 'label') }
    return { labels: labels === '' ? [] : labels.split(separator).map((name) => name.trim()) }
  }

  private readHeader(bytes: Uint8Array): void {
    this.fields = this.scanner.fields
    const header = Array.from({ length: this.fields }, (_, i) => decoder.decode(this.scanner.field(bytes, i)))
    const { values = [] } = this.targets
    const needed = ['source', ...values]
    const names = [...needed, ...OPTIONAL.filter((name) => header.includes(name))]
    this.columns = new Map(names.map((name) => [name, header.indexOf(name)]))
    const missing = needed.find((name) => !header.includes(name))
    if (missing !== undefined) this.fail(1, `the header has no column ${missing}`)
    const [has, hasSeveral] = [header.includes('label'), header.includes('labels')]
    if (has === hasSeveral && values.length === 0)
      this.fail(1, `the header has ${has ? 'both label and labels' : 'no column label or labels'}`)
  }

  private text(bytes: Uint8Array, column: string): string | undefined {
    const place = this.columns!.get(column)
    return place === undefined ? undefined : decoder.decode(this.scanner.field(bytes, place))
  }

  /** Returns one string for all equal names. */
  private name(bytes: Uint8Array, column: string): string | undefined {
    const text = this.text(bytes, column)
    if (text === undefined) return undefined
    const known = this.names.get(text)
    if (known === undefined) this.names.set(text, text)
    return known ?? text
  }
}

/** Returns the number in a field; an empty one is not 0. */
const numberIn = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))
