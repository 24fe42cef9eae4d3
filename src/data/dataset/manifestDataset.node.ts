import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { checkArgument, kinds } from '../../arguments.js'
import { checkOptions } from '../../options.js'
import { dataError } from '../errors.js'
import type { ImageDataset } from './dataset.js'
import { readCsv, readJsonLines } from './manifest.js'
import { classesOf, indexed } from './namedTargets.js'

export interface ManifestOptions {
  /** The format. Default: by the extension, `.csv`, or `.jsonl` and `.ndjson`. */
  readonly format?: 'csv' | 'jsonl' | undefined
  /** The names of the classes, in the order of the labels. Default: those in the manifest, sorted. */
  readonly classes?: readonly string[] | undefined
  /** The columns or fields of the numbers to predict, for regression; they become `classes`. Default: none. */
  readonly values?: readonly string[] | undefined
  /** The text between two labels of one image, in a column `labels`. @default '|' */
  readonly separator?: string | undefined
}

const FORMATS: Readonly<Record<string, 'csv' | 'jsonl'>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' }

const schema = z.strictObject({
  format: z.enum(['csv', 'jsonl']).optional(),
  classes: z.array(z.string()).min(1).optional(),
  values: z.array(z.string().min(1)).min(1).optional(),
  separator: z.string().min(1).default('|'),
})

/**
 * Makes a data set of the images that a file lists: CSV with a header that has `source` and `label`, or JSON Lines, an
 * object with these two in each line. A source is a path, relative to the file, or an HTTP(S) URL; a label is the name of
 * a class. `labels` in the place of `label` holds several: a list, or `'cat|dog'`. Images are not opened: the loader does
 * that.
 *
 * @param path of the manifest, or its `file:` URL
 * @throws FineTuneError 'dataset/bad-manifest', 'options/invalid'
 */
export async function manifestDataset(path: string | URL, options: ManifestOptions = {}): Promise<ImageDataset> {
  checkArgument('manifestDataset: path', path, kinds.place)
  const checked = checkOptions(schema, options, 'manifestDataset')
  const file = path instanceof URL ? fileURLToPath(path) : path
  const format = checked.format ?? FORMATS[extname(file).toLowerCase()]
  if (!format) throw bad(file, "its name ends in neither .csv nor .jsonl: pass format: 'csv' or 'jsonl'")
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw bad(file, cause instanceof Error ? cause.message : String(cause), cause)
  })
  const { values, separator } = checked
  const rows = (format === 'csv' ? readCsv : readJsonLines)(text, file, { values, separator })
  if (rows.length === 0) throw bad(file, 'it lists no image')
  const classes = values ?? checked.classes ?? classesOf(rows)
  if (classes.length === 0) throw bad(file, 'no image in it has a label')
  const labels = new Map(classes.map((name, label) => [name, label]))
  const samples = rows.map(({ source, ...targets }) => {
    const indexOf = (label: string): number => {
      const known = labels.get(label)
      if (known === undefined) throw bad(file, `the class ${label} of ${source} is none of ${classes.join(', ')}`)
      return known
    }
    return { source: isUrl(source) ? source : resolve(dirname(file), source), ...indexed(targets, indexOf) }
  })
  return { classes, samples }
}

const isUrl = (source: string): boolean => /^https?:\/\//i.test(source)

const bad = (file: string, problem: string, cause?: unknown) =>
  dataError('dataset/bad-manifest', { file, problem }, { cause })
