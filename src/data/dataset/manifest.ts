import { dataError } from '../errors.js'
import { columnsOf, type ManifestRow, type ManifestTargets, rowOf } from './manifestRow.js'

export type { ManifestRow } from './manifestRow.js'

/** Targets that are classes. */
const CLASSES: ManifestTargets = { separator: '|' }

/**
 * Reads a manifest in JSON Lines: an object with `source` and `label` (or `labels`, or the numbers) in each line. Other
 * fields, and empty lines, are ignored.
 *
 * @param file the name of the file in errors
 * @throws FineTuneError 'dataset/bad-manifest', which names the line
 */
export function readJsonLines(text: string, file: string, targets = CLASSES): ManifestRow[] {
  return withoutMark(text)
    .split(/\r\n|\n|\r/)
    .flatMap((line, i) => {
      if (line.trim() === '') return []
      let value: unknown
      try {
        value = JSON.parse(line)
      } catch (cause) {
        throw dataError('dataset/bad-manifest', { file, line: i + 1, problem: 'it is not JSON' }, { cause })
      }
      return [rowOf(Object(value), targets, { file, line: i + 1 })]
    })
}

/**
 * Reads a manifest in CSV (RFC 4180): a header that names the columns `source` and `label` (or `labels`, or those of the
 * numbers), then a row for each image. Fields may be in quotation marks. Other columns, and empty lines, are ignored.
 *
 * @param file the name of the file in errors
 * @throws FineTuneError 'dataset/bad-manifest', which names the line
 */
export function readCsv(text: string, file: string, targets = CLASSES): ManifestRow[] {
  const [header, ...rows] = recordsOf(withoutMark(text), file)
  const place = (column: string) => header?.fields.indexOf(column) ?? -1
  const columns = columnsOf(header?.fields ?? [], targets)
  for (const column of columns)
    if (place(column) < 0)
      throw dataError('dataset/bad-manifest', { file, line: 1, problem: `the header has no column ${column}` })
  return rows.map(({ fields, line }) => {
    if (fields.length !== header!.fields.length) {
      const problem = `it has ${fields.length} fields, the header ${header!.fields.length}`
      throw dataError('dataset/bad-manifest', { file, line, problem })
    }
    return rowOf(Object.fromEntries(columns.map((name) => [name, fields[place(name)]])), targets, { file, line })
  })
}

interface CsvRecord {
  readonly fields: readonly string[]
  readonly line: number
}

/** A field, in quotation marks or not, and what ends it. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y

/** Returns the records of a CSV, except empty lines. */
function recordsOf(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = []
  let [fields, line, begun]: [string[], number, number] = [[], 1, 1]
  FIELD.lastIndex = 0
  while (FIELD.lastIndex < text.length || fields.length > 0) {
    const found = FIELD.exec(text)
    if (!found) throw dataError('dataset/bad-manifest', { file, line, problem: 'a quotation mark is out of place' })
    const [whole, quoted, plain, end] = found as unknown as [string, string | undefined, string | undefined, string]
    fields.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0
    if (end === ',') continue
    if (fields.length > 1 || fields[0] !== '') records.push({ fields, line: begun })
    fields = []
    begun = line
  }
  return records
}

/** Removes the mark of the byte order that some programs write first. */
const withoutMark = (text: string): string => text.replace(/^\ufeff/, '')
