import { isListOf, isObject, isText } from '../../arguments.js'
import type { FailAt, ManifestRow, ManifestTargets, RowReader, TakeRow } from './ManifestRow.js'

const [LF, CR] = [0x0a, 0x0d]
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** A reader of JSON Lines: an object in each line. Other properties, and empty lines, are passed over. */
export class JsonRows implements RowReader {
  line = 1

  constructor(
    private readonly take: TakeRow,
    private readonly fail: FailAt,
    private readonly targets: ManifestTargets,
  ) {}

  read(bytes: Uint8Array, isLast: boolean): number {
    let at = 0
    while (at < bytes.length) {
      let end = at
      while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++
      // A line feed may follow.
      if (end >= bytes.length - (bytes[end] === CR ? 1 : 0) && !isLast) break
      this.readLine(decoder.decode(bytes.subarray(at, end)))
      this.line++
      at = end + (bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1)
    }
    return Math.min(at, bytes.length)
  }

  private readLine(text: string): void {
    if (text.trim() === '') return
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      this.fail(this.line, 'it is not JSON', cause)
    }
    const row = isObject(value) ? value : ({} as Record<string, unknown>)
    const { source, weight, group } = row
    if (typeof source !== 'string') this.fail(this.line, 'source must be a text that is not empty')
    if (weight !== undefined && typeof weight !== 'number') this.fail(this.line, 'weight must be a number')
    if (group !== undefined && !isText(group) && typeof group !== 'number')
      this.fail(this.line, 'group must be a text that is not empty, or a number')
    this.take(
      {
        source: encoder.encode(source as string),
        ...this.targetsOf(row),
        weight: weight as number | undefined,
        group: group === undefined ? undefined : String(group),
      },
      this.line,
    )
  }

  private targetsOf(row: Readonly<Record<string, unknown>>): Pick<ManifestRow, 'label' | 'labels' | 'values'> {
    const { values } = this.targets
    if (values) return { values: values.map((name) => (typeof row[name] === 'number' ? row[name] : Number.NaN)) }
    const { label, labels } = row
    if (label !== undefined && !isText(label)) this.fail(this.line, 'label must be a text that is not empty')
    if (labels !== undefined && !isListOf(labels, isText)) this.fail(this.line, 'labels must be a list of texts')
    return { label: label as string | undefined, labels: labels as readonly string[] | undefined }
  }
}
