import { createReadStream } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { checkArgument, kinds } from '../../arguments.js'
import { isFineTuneError } from '../../errors.js'
import { checkOptions } from '../../options.js'
import { dataError } from '../errors.js'
import { type ManifestFormat, readManifest } from '../manifest/readManifest.js'
import { lazySamples } from '../samples/lazySamples.js'
import { type ImageDataset, isRemote } from './dataset.js'
import { byCodePoint } from './folderRules.js'

export interface ManifestOptions {
  /** The format. Default: by the extension, `.csv`, or `.jsonl` and `.ndjson`. */
  readonly format?: ManifestFormat | undefined
  /** The names of the classes, in the order of the labels. Default: those in the manifest, sorted. */
  readonly classes?: readonly string[] | undefined
  /** The columns or fields of the numbers to predict, for regression; they become `classes`. Default: none. */
  readonly values?: readonly string[] | undefined
  /** The text between two labels of one image, in a column `labels`. @default '|' */
  readonly separator?: string | undefined
}

const FORMATS: Readonly<Record<string, ManifestFormat>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' }

const schema = z.strictObject({
  format: z.enum(['csv', 'jsonl']).optional(),
  classes: z.array(z.string()).min(1).optional(),
  values: z.array(z.string().min(1)).min(1).optional(),
  separator: z.string().min(1).default('|'),
})

/**
 * Makes a data set of the images that a file lists: CSV with a header that names its columns, or JSON Lines, an object
 * in each line. `source` is a path, relative to the file, or an HTTP(S) URL; `label` is the name of a class, or `labels`
 * are the names of any number of them (in CSV with | between them); `weight` is a number for `sampling: 'weights'`;
 * `group` names what `splitDataset` and `kFold` do not divide. Images are not opened: the loader does that.
 *
 * The file may have millions of lines: it is read in pieces, and a line costs the bytes of its source and about ten more.
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
  const columns = await readManifest(piecesOf(file), format, file, checked, checked.classes)
  const directory = dirname(file)
  const sourceOf = (source: string) => (isRemote(source) ? source : resolve(directory, source))
  const { classes, table } = columns.finish(sourceOf, byCodePoint)
  if (classes.length === 0) throw bad(file, 'no image in it has a label')
  return { classes: checked.values ?? checked.classes ?? classes, samples: lazySamples(table) }
}

/** The bytes that are read at a time. */
const PIECE = 2 ** 20

async function* piecesOf(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: PIECE }) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw isFineTuneError(cause) ? cause : bad(file, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

const bad = (file: string, problem: string, cause?: unknown) =>
  dataError('dataset/bad-manifest', { file, problem }, { cause })
