import {
  type DatasetInspection,
  type DuplicateGroup,
  inspectDataset,
  type SetInspection,
  type Spread,
} from '../../index.js'
import { ImageFolder, type ImageFolderDataset } from '../../node.js'
import type { PictureFolders } from '../files/pictureFolders.js'
import { count, plural } from '../terminal/format.js'
import type { Output } from '../terminal/Output.js'
import type { Description, Section } from './Description.js'

/** Groups of duplicates that are shown to people; programs get all. */
const SHOWN = 20

/** Folders of pictures, those to train on and those to measure on together: each picture is decoded and compared. */
export async function describePictures(
  { train, validation }: PictureFolders,
  out: Output,
  signal: AbortSignal,
): Promise<Description[]> {
  const folders = { train: await ImageFolder(train, { onError: 'skip' }) } as Record<string, ImageFolderDataset>
  if (validation) folders.validation = await ImageFolder(validation, { onError: 'skip' })
  const found = await inspectDataset(folders, {
    signal,
    onProgress: ({ done, pictures }) => out.status(`looking at picture ${done} of ${pictures}`),
  })
  return found.sets.map((set) => describeSet(set, folders[set.name]!, found))
}

function describeSet(
  { name, ...set }: SetInspection,
  { directory, skipped }: ImageFolderDataset,
  found: DatasetInspection,
): Description {
  const passedOver = skipped.map(({ message }) => message)
  const duplicates = found.duplicates.filter(({ pictures }) => pictures.some((picture) => picture.set === name))
  return {
    data: { kind: 'pictures', directory, set: name, ...set, passedOver, duplicates },
    title: `${directory}: ${plural(set.pictures, 'picture')} of ${set.classes.length} classes`,
    sections: [
      ['width', describeSpread(set.width)],
      ['height', describeSpread(set.height)],
      ['formats', describeCounts(set.formats)],
      ['colours', describeCounts(set.colours)],
      ...(set.turned > 0 ? [['turned', `${plural(set.turned, 'picture')} by EXIF data`] satisfies Section] : []),
      ...(set.elongated.length > 0 ? [['elongated', describeElongated(set.elongated)] satisfies Section] : []),
      ['unreadable', set.unreadable.length > 0 ? set.unreadable.map(({ message }) => message) : 'none'],
      ...(passedOver.length > 0 ? [['passed over', passedOver] satisfies Section] : []),
      ['duplicates', describeDuplicates(duplicates)],
      ['classes', { rows: set.classes.map(describeClass) }],
    ],
  }
}

const describeSpread = (values: Spread | undefined): string =>
  values ? `${values.least} to ${values.most} pixels, half of them below ${values.median}` : 'unknown'

const describeCounts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, value]) => `${count(value)} ${name}`)
    .join(', ') || 'unknown'

const describeElongated = (pictures: SetInspection['elongated']): string[] =>
  pictures.map(({ source, width, height }) => `${source} (${width} x ${height})`)

const describeClass = ({ name, pictures, unreadable }: SetInspection['classes'][number]) =>
  unreadable > 0 ? [name, pictures, `${count(unreadable)} of them unreadable`] : [name, pictures]

const KINDS = { file: 'the same file', pixels: 'the same pixels', near: 'nearly the same' } as const

function describeDuplicates(groups: readonly DuplicateGroup[]): string | string[] {
  if (groups.length === 0) return 'none'
  const lines = groups.slice(0, SHOWN).map((group) => {
    const facts = [
      KINDS[group.kind],
      ...(group.acrossSets ? ['in training and validation'] : []),
      ...(group.differentClasses ? ['under different classes'] : []),
    ]
    return `${facts.join(', ')}: ${group.pictures.map(({ source }) => source).join('  ')}`
  })
  const more = groups.length - SHOWN
  return more > 0 ? [...lines, `and ${plural(more, 'group')} more (--json lists them)`] : lines
}
