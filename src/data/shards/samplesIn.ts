import { isListOf, isObject, isText } from '../../arguments.js'
import { readTar, type TarEntry } from '../../io/tar/readTar.js'
import { TarError } from '../../io/tar/TarError.js'
import type { StoredFile } from '../../platform/contract.js'
import { shown } from '../../shown.js'
import type { ManifestRow } from '../manifest/ManifestRow.js'

/** An image in an archive, what the files beside it say about it, and the place of its bytes. */
export interface ArchivedSample {
  readonly image: TarEntry
  readonly facts: Omit<ManifestRow, 'source'>
}

/** The extensions of files about an image, in the order of preference. */
const ABOUT = ['cls', 'json', 'txt'] as const
type About = (typeof ABOUT)[number]
/** The most bytes of a file about an image. */
const MOST_BYTES = 2 ** 20

interface Gathered {
  readonly key: string
  image?: TarEntry
  readonly about: Partial<Record<About, string>>
}

/**
 * Lists the samples of an archive in the layout of WebDataset: files with the same path up to the first dot of their
 * name, one after another, are one sample. One is the image; its class is in `.cls` or `.txt`, the number or name of it,
 * or in `.json`, an object with `label` or `labels`, and with `weight` and `group` if there are any.
 *
 * @param extensions of images, in lower case
 * @throws TarError
 */
export async function* samplesIn(file: StoredFile, extensions: readonly string[]): AsyncGenerator<ArchivedSample> {
  let open: Gathered | undefined
  for await (const entry of readTar(file)) {
    const { key, extension } = partsOf(entry.name)
    if (key !== open?.key) {
      if (open) yield finish(open)
      open = { key, about: {} }
    }
    if (extensions.includes(`.${extension}`)) {
      if (open.image) throw new TarError(`the sample ${shown(key)} has two images`)
      open.image = entry
    } else if (isAbout(extension)) open.about[extension] = await textOf(entry)
  }
  if (open) yield finish(open)
}

const isAbout = (extension: string): extension is About => (ABOUT as readonly string[]).includes(extension)

async function textOf({ name, begin, end, read }: TarEntry): Promise<string> {
  if (end - begin > MOST_BYTES) throw new TarError(`the file ${shown(name)} is longer than a megabyte`)
  return new TextDecoder().decode(await read()).trim()
}

function partsOf(name: string): { readonly key: string; readonly extension: string } {
  const dot = name.indexOf('.', name.lastIndexOf('/') + 1)
  return dot < 0
    ? { key: name, extension: '' }
    : { key: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() }
}

function finish({ key, image, about }: Gathered): ArchivedSample {
  const extension = ABOUT.find((name) => about[name] !== undefined)
  if (!image) throw new TarError(`the sample ${shown(key)} has no image`)
  if (!extension) throw new TarError(`the sample ${shown(key)} has no class: no file .cls, .json or .txt beside it`)
  const text = about[extension]!
  return { image, facts: extension === 'json' ? factsIn(text, key) : { label: text } }
}

function factsIn(text: string, key: string): ArchivedSample['facts'] {
  const wrong = (problem: string) => new TarError(`the file .json of ${shown(key)} ${problem}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrong('is not JSON')
  }
  const { label, labels, weight, group } = isObject(value) ? value : ({} as Record<string, unknown>)
  const isName = (name: unknown) => isText(name) || Number.isFinite(name)
  if (labels !== undefined && !isListOf(labels, isName)) throw wrong('has labels that are no list of names')
  if (labels === undefined && !isName(label)) throw wrong('has neither label nor labels')
  if (weight !== undefined && !Number.isFinite(weight)) throw wrong('has a weight that is no number')
  if (group !== undefined && !isName(group)) throw wrong('has a group that is no name')
  return {
    ...(labels === undefined ? { label: String(label) } : { labels: (labels as readonly unknown[]).map(String) }),
    weight: weight as number | undefined,
    group: group === undefined ? undefined : String(group),
  }
}
