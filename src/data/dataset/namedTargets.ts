import type { ImageSample } from '../samples/ImageSample.js'
import { byCodePoint } from './folderRules.js'

/** The targets of an image, its classes by name. */
export interface NamedTargets {
  readonly label?: string | undefined
  readonly labels?: readonly string[] | undefined
  readonly values?: readonly number[] | undefined
}

/** Returns the names of all classes, sorted. */
export const classesOf = (samples: readonly NamedTargets[]): string[] =>
  [...new Set(samples.flatMap(({ label, labels }) => labels ?? (label === undefined ? [] : [label])))].sort(byCodePoint)

/** Returns targets with indices in place of names. @param indexOf returns the index of a class, or throws */
export function indexed(
  { label, labels, values }: NamedTargets,
  indexOf: (name: string) => number,
): Omit<ImageSample, 'source'> {
  if (values) return { label: 0, values: [...values] }
  if (!labels) return { label: indexOf(label!) }
  const indices = [...new Set(labels.map(indexOf))]
  return { label: indices[0] ?? 0, labels: indices }
}
