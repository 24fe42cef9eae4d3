import { permutation, seededRandom } from '../random.js'
import { indicesByLabel } from './indicesByLabel.js'
import { type Emphasis, LinearProbe } from './LinearProbe.js'
import type { Examples } from './softmaxObjective.js'

export interface CrossValidationOptions {
  /** The number of parts. */
  readonly folds: number
  readonly l2: number
  readonly seed: number
  /** The norm of the gradient at which a fit ends. At the default probabilities no longer change in their fifth digit. @default 1e-5 */
  readonly tolerance?: number | undefined
  readonly emphasis?: Emphasis | undefined
  /** A number for each example: those with the same stay together. Default: none do. */
  readonly groups?: ArrayLike<number> | undefined
  readonly onFold?: ((fold: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Computes the out-of-fold logits of examples: those of each come from a probe that never saw it. The examples of each
 * class are spread over the parts evenly.
 *
 * @returns [examples, classes]; rejects with the signal's reason
 */
export async function crossValidate(examples: Examples, options: CrossValidationOptions): Promise<Float64Array> {
  const { folds, l2, seed, tolerance = 1e-5, emphasis, groups, onFold, signal } = options
  const { classes, labels } = examples
  const fold = foldsOf({ ...examples, groups }, folds, seed)
  const results = new Float64Array(labels.length * classes)
  const all = [...Array(labels.length).keys()]
  for (let held = 0; held < folds; held++) {
    const inside = all.filter((index) => fold[index] === held)
    const rest = all.filter((index) => fold[index] !== held)
    const probe = await LinearProbe.fit(rowsOf(examples, rest, 1), { l2, tolerance, emphasis, signal })
    const logits = probe.logits(rowsOf(examples, inside, 1))
    for (const [row, index] of inside.entries())
      results.set(logits.subarray(row * classes, (row + 1) * classes), index * classes)
    onFold?.(held)
  }
  return results
}

/** Examples of classes, and which of them stay together. */
interface Grouped extends Pick<Examples, 'labels' | 'classes'> {
  readonly groups?: ArrayLike<number> | undefined
}

/**
 * Returns the part of each example, of 256 at most: the examples of each class are spread over the parts evenly. Those of
 * a group are in the part of the first of them.
 */
export function foldsOf({ labels, classes, groups }: Grouped, folds: number, seed: number): Uint8Array {
  const fold = new Uint8Array(labels.length)
  const ofGroup = new Map<number, number>()
  let next = 0
  for (const [label, ofClass] of indicesByLabel(labels, classes).entries())
    for (const place of permutation(ofClass.length, seededRandom(seed, 'folds', label))) {
      const example = ofClass[place]!
      const group = groups?.[example] ?? example
      const known = ofGroup.get(group) ?? next++ % folds
      ofGroup.set(group, known)
      fold[example] = known
    }
  return fold
}

/** Returns the first views of images, as examples. */
export function rowsOf(
  { features, size, labels, classes }: Examples,
  images: readonly number[],
  views: number,
): Examples {
  const rows = new Float64Array(views * images.length * size)
  const every = labels.length
  for (let view = 0; view < views; view++)
    for (const [place, image] of images.entries()) {
      const from = (view * every + image) * size
      rows.set(features.subarray(from, from + size), (view * images.length + place) * size)
    }
  const once = images.map((image) => labels[image]!)
  return { features: rows, size, classes, labels: Array.from({ length: views }, () => once).flat() }
}
