import type { FineTuneError } from '../../errors.js'
import type { ImageDataset } from '../dataset/dataset.js'
import type { ImageInfo } from '../loader/look/ImageLook.js'
import type { SetInspection, Spread } from './DatasetInspection.js'

/** The ratio of the longer to the shorter side from which an image counts as elongated. */
const ELONGATED = 4

/** The outcome of inspecting one image. */
export type Outcome = ImageInfo | FineTuneError
export const isImageInfo = (outcome: Outcome): outcome is ImageInfo => 'fileDigest' in outcome

/** Describes a data set. @param outcomes one for each sample */
export function describeSet(name: string, dataset: ImageDataset, outcomes: readonly Outcome[]): SetInspection {
  const nameOf = (index: number) => ({ index, source: dataset.samples[index]!.source })
  const facts = outcomes.filter(isImageInfo)
  const classes = classesOf(dataset, outcomes)
  const readable = classes.map(({ images, unreadable }) => images - unreadable).filter((count) => count > 0)
  return {
    name,
    images: outcomes.length,
    unreadable: [...outcomes.entries()].flatMap(([index, outcome]) =>
      isImageInfo(outcome) ? [] : [{ ...nameOf(index), code: outcome.code, message: outcome.message }],
    ),
    classes,
    imbalance: readable.length > 0 ? Math.max(...readable) / Math.min(...readable) : 1,
    width: spread(facts.map(({ width }) => width)),
    height: spread(facts.map(({ height }) => height)),
    elongated: [...outcomes.entries()].flatMap(([index, outcome]) => {
      if (!isImageInfo(outcome)) return []
      const { width, height } = outcome
      return Math.max(width, height) >= ELONGATED * Math.min(width, height) ? [{ ...nameOf(index), width, height }] : []
    }),
    formats: countsOf(facts.map(({ format }) => format)),
    colours: countsOf(facts.map(({ colour }) => colour)),
    reoriented: facts.filter(({ reoriented }) => reoriented).length,
  }
}

function classesOf({ classes, samples }: ImageDataset, outcomes: readonly Outcome[]) {
  const counts = classes.map((name) => ({ name, images: 0, unreadable: 0 }))
  for (const [index, outcome] of outcomes.entries()) {
    const count = counts[samples[index]!.label]!
    count.images++
    if (!isImageInfo(outcome)) count.unreadable++
  }
  return counts
}

/** Counts the occurrences of each value, the most frequent first. */
function countsOf<T extends string>(values: readonly T[]): Partial<Record<T, number>> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  return Object.fromEntries(sorted) as Partial<Record<T, number>>
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return undefined
  return { least: sorted[0]!, median: sorted[sorted.length >> 1]!, most: sorted.at(-1)! }
}
