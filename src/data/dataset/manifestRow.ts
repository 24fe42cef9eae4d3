import { dataError } from '../errors.js'
import type { NamedTargets } from './namedTargets.js'

/** A row of a manifest: an image, and the name of its class, those of its labels, or its numbers. */
export interface ManifestRow extends NamedTargets {
  readonly source: string
}

/** The way in which a manifest holds its targets. */
export interface ManifestTargets {
  /** The columns of the numbers to predict. Default: none, the targets are classes. */
  readonly values?: readonly string[] | undefined
  /** The text between two labels, where they are one text. */
  readonly separator: string
}

/** Returns the names of the columns that a CSV must have; of `label` and `labels` one is enough. */
export const columnsOf = (header: readonly string[], { values }: ManifestTargets): readonly string[] => [
  'source',
  ...(values ?? [header.includes('labels') ? 'labels' : 'label']),
]

/**
 * Reads a row from its fields.
 *
 * @param file the name of the file in errors
 * @throws FineTuneError 'dataset/bad-manifest', which names the line
 */
export function rowOf(
  fields: Readonly<Record<string, unknown>>,
  targets: ManifestTargets,
  { file, line }: { readonly file: string; readonly line: number },
): ManifestRow {
  const bad = (problem: string) => dataError('dataset/bad-manifest', { file, line, problem })
  const text = (name: string): string => {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') return value
    throw bad(`${name} must be a text that is not empty`)
  }
  const source = text('source')
  if (targets.values) return { source, values: targets.values.map((name) => numberIn(fields, name, bad)) }
  if (fields.labels === undefined) return { source, label: text('label') }
  return { source, labels: labelsIn(fields.labels, targets.separator, bad) }
}

type Bad = (problem: string) => Error

function numberIn(fields: Readonly<Record<string, unknown>>, name: string, bad: Bad): number {
  const value = fields[name]
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  throw bad(`${name} must be a number`)
}

function labelsIn(value: unknown, separator: string, bad: Bad): readonly string[] {
  const labels = typeof value === 'string' ? value.split(separator).map((label) => label.trim()) : value
  if (!Array.isArray(labels) || labels.some((label) => typeof label !== 'string'))
    throw bad('labels must be a list of texts')
  // A text without any label.
  if (typeof value === 'string' && labels.length === 1 && labels[0] === '') return []
  if (labels.includes('')) throw bad('labels has an empty one')
  return labels
}
