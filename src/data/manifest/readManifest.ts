import { dataError } from '../errors.js'
import { CsvRows } from './CsvRows.js'
import { JsonRows } from './JsonRows.js'
import { ManifestColumns } from './ManifestColumns.js'
import type { FailAt, ManifestTargets } from './ManifestRow.js'
import { readRows } from './readRows.js'

export type ManifestFormat = 'csv' | 'jsonl'

const READERS = { csv: CsvRows, jsonl: JsonRows } as const

/**
 * Reads a manifest: CSV (RFC 4180) with a header that names the columns, or JSON Lines.
 *
 * @param pieces the bytes of the file
 * @param file its name in errors
 * @param classes the only classes that may appear, or the names of `values`. Default: any
 * @throws FineTuneError 'dataset/bad-manifest', which names the line
 */
export async function readManifest(
  pieces: AsyncIterable<Uint8Array>,
  format: ManifestFormat,
  file: string,
  targets: ManifestTargets,
  classes?: readonly string[] | undefined,
): Promise<ManifestColumns> {
  const fail: FailAt = (line, problem, cause) => {
    throw dataError('dataset/bad-manifest', { file, line, problem }, { cause })
  }
  const columns = new ManifestColumns(targets.values ?? classes, fail, targets.values)
  await readRows(pieces, new READERS[format]((row, line) => columns.add(row, line), fail, targets), fail)
  if (columns.length === 0) throw dataError('dataset/bad-manifest', { file, problem: 'it lists no image' })
  return columns
}
