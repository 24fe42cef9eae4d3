import {
  type DatasetInspection,
  type DuplicateGroup,
  inspectDataset,
  type SetInspection,
  type Spread,
} from '../../index.js'
import { ImageFolder, type ImageFolderDataset } from '../../node.js'
import type { ImageFolders } from '../files/imageFolders.js'
import { count, plural } from '../terminal/format.js'
import type { Output } from '../terminal/Output.js'
import type { Description, Section } from './Description.js'

/** The number of groups of duplicates in the text; the data has all. */
const SHOWN = 20

/** Describes folders of images, for training and validation together: each image is decoded and compared. */
export async function describeImages(
  { train, validation }: ImageFolders,
  out: Output,
  signal: AbortSignal,
): Promise<Description[]> {
  const folders = { train: await ImageFolder(train, { onError: 'skip' }) } as Record<string, ImageFolderDataset>
  if (validation) folders.validation = await ImageFolder(validation, { onError: 'skip' })
  const found = await inspectDataset(folders, {
    signal,
    onProgress: ({ done, images }) => out.status(`looking at image ${done} of ${images}`),
  })
  return found.sets.map((set) => describeSet(set, folders[set.name]!, found))
}

function describeSet(
  { name, ...set }: SetInspection,
  { directory, skipped }: ImageFolderDataset,
  found: DatasetInspection,
): Description {
  const passedOver = skipped.map(({ message }) => message)
  const duplicates = found.duplicates.filter(({ images }) => images.some((image) => image.set === name))
  return {
    data: { kind: 'images', directory, set: name, ...set, passedOver, duplicates },
    title: `${directory}: ${plural(set.images, 'image')} of ${set.classes.length} classes`,
    sections: [
      ['width', describeSpread(set.width)],
      ['height', describeSpread(set.height)],
      ['formats', describeCounts(set.formats)],
      ['colours', describeCounts(set.colours)],
      ...(set.reoriented > 0
        ? [['reoriented', `${plural(set.reoriented, 'image')} by EXIF data`] satisfies Section]
        : []),
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

const describeElongated = (images: SetInspection['elongated']): string[] =>
  images.map(({ source, width, height }) => `${source} (${width} x ${height})`)

const describeClass = ({ name, images, unreadable }: SetInspection['classes'][number]) =>
  unreadable > 0 ? [name, images, `${count(unreadable)} of them unreadable`] : [name, images]

const KINDS = { file: 'the same file', pixels: 'the same pixels', near: 'nearly the same' } as const

function describeDuplicates(groups: readonly DuplicateGroup[]): string | string[] {
  if (groups.length === 0) return 'none'
  const lines = groups.slice(0, SHOWN).map((group) => {
    const facts = [
      KINDS[group.kind],
      ...(group.acrossSets ? ['in training and validation'] : []),
      ...(group.differentClasses ? ['under different classes'] : []),
    ]
    return `${facts.join(', ')}: ${group.images.map(({ source }) => source).join('  ')}`
  })
  const more = groups.length - SHOWN
  return more > 0 ? [...lines, `and ${plural(more, 'group')} more (--json lists them)`] : lines
}
