import { permutation, seededRandom } from '../random.js'
import { LinearProbe } from './LinearProbe.js'
import type { Examples } from './softmaxObjective.js'

export interface CrossValidationOptions {
  /** The number of parts. */
  readonly folds: number
  readonly l2: number
  readonly seed: number
  readonly onFold?: ((fold: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Computes the out-of-fold probabilities of examples: those of each come from a probe that never saw it. The examples of
 * each class are spread over the parts evenly.
 *
 * @returns [examples, classes]; rejects with the signal's reason
 */
export async function crossValidate(examples: Examples, options: CrossValidationOptions): Promise<Float64Array> {
  const { folds, l2, seed, onFold, signal } = options
  const { classes, labels } = examples
  const fold = foldsOf(examples, folds, seed)
  const results = new Float64Array(labels.length * classes)
  const all = [...Array(labels.length).keys()]
  for (let held = 0; held < folds; held++) {
    const inside = all.filter((index) => fold[index] === held)
    const rest = all.filter((index) => fold[index] !== held)
    // Where the gradient is this small, probabilities no longer change in their fifth digit.
    const probe = await LinearProbe.fit(subset(examples, rest), { l2, tolerance: 1e-5, signal })
    const probabilities = probe.probabilities(subset(examples, inside))
    for (const [row, index] of inside.entries())
      results.set(probabilities.subarray(row * classes, (row + 1) * classes), index * classes)
    onFold?.(held)
  }
  return results
}

/** Returns the part of each example: 256 parts at most. */
export function foldsOf(
  { labels, classes }: Pick<Examples, 'labels' | 'classes'>,
  folds: number,
  seed: number,
): Uint8Array {
  const fold = new Uint8Array(labels.length)
  let next = 0
  for (let label = 0; label < classes; label++) {
    const ofClass = Array.from(labels, (one, index) => (one === label ? index : -1)).filter((index) => index >= 0)
    for (const place of permutation(ofClass.length, seededRandom(seed, 'folds', label)))
      fold[ofClass[place]!] = next++ % folds
  }
  return fold
}

function subset({ features, size, labels, classes }: Examples, indices: readonly number[]): Examples {
  const rows = new Float64Array(indices.length * size)
  for (const [row, index] of indices.entries())
    rows.set(features.subarray(index * size, (index + 1) * size), row * size)
  return { features: rows, size, classes, labels: indices.map((index) => labels[index]!) }
}
