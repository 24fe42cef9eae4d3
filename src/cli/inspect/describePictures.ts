import { decodePicture, isFineTuneError, readSample } from '../../index.js'
import { ImageFolder, type ImageFolderDataset } from '../../node.js'
import { plural } from '../format.js'
import type { Output } from '../Output.js'
import type { Description, Section } from './Description.js'

/** Pictures that are decoded at a time. */
const AT_ONCE = 8

/** Folders of pictures: what classes there are, how large the pictures, which of them cannot be read. Each is decoded. */
export async function describePictures(directory: string, out: Output, signal: AbortSignal): Promise<Description> {
  const dataset = await ImageFolder(directory, { onError: 'skip' })
  const { sizes, unreadable } = await decodeAll(dataset, out, signal)
  const classes = dataset.classes.map((name, label) => ({
    name,
    pictures: dataset.samples.filter((sample) => sample.label === label).length,
  }))
  const width = spread(sizes.map((size) => size.width))
  const height = spread(sizes.map((size) => size.height))
  const passedOver = dataset.skipped.map(({ message }) => message)
  return {
    data: {
      kind: 'pictures',
      directory,
      pictures: dataset.samples.length,
      classes,
      width,
      height,
      unreadable,
      passedOver,
    },
    title: `${directory}: ${plural(dataset.samples.length, 'picture')} of ${dataset.classes.length} classes`,
    sections: [
      ['width', describeSpread(width)],
      ['height', describeSpread(height)],
      ['unreadable', unreadable.length > 0 ? unreadable.map(({ problem }) => problem) : 'none'],
      ...(passedOver.length > 0 ? [['passed over', passedOver] satisfies Section] : []),
      ['classes', { rows: classes.map(({ name, pictures }) => [name, pictures]) }],
    ],
  }
}

interface Decoded {
  readonly sizes: { readonly width: number; readonly height: number }[]
  readonly unreadable: { readonly path: string; readonly problem: string }[]
}

async function decodeAll(dataset: ImageFolderDataset, out: Output, signal: AbortSignal): Promise<Decoded> {
  const decoded: Decoded = { sizes: [], unreadable: [] }
  const total = dataset.samples.length
  for (let first = 0; first < total; first += AT_ONCE) {
    signal.throwIfAborted()
    out.status(`looking at picture ${first + 1} of ${total}`)
    const indices = Array.from({ length: Math.min(AT_ONCE, total - first) }, (_, i) => first + i)
    await Promise.all(indices.map((index) => decodeOne(dataset, index, decoded)))
  }
  decoded.unreadable.sort((a, b) => a.path.localeCompare(b.path))
  return decoded
}

async function decodeOne(dataset: ImageFolderDataset, index: number, { sizes, unreadable }: Decoded): Promise<void> {
  const { source } = dataset.samples[index]!
  try {
    const { shape } = await decodePicture(await readSample(dataset, index), { source })
    sizes.push({ height: shape[0]!, width: shape[1]! })
  } catch (error) {
    if (!isFineTuneError(error)) throw error
    unreadable.push({ path: source, problem: error.message })
  }
}

interface Spread {
  readonly least: number
  readonly median: number
  readonly most: number
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return undefined
  return { least: sorted[0]!, median: sorted[sorted.length >> 1]!, most: sorted.at(-1)! }
}

const describeSpread = (values: Spread | undefined): string =>
  values ? `${values.least} to ${values.most} pixels, half of them below ${values.median}` : 'unknown'
