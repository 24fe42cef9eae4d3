import { baseError } from '../../errors.js'
import { permutation, type Random } from '../../random.js'
import type { ImageDataset } from '../dataset/dataset.js'
import { tableOf } from '../samples/lazySamples.js'
import { isPerClass, type Sampling, sampleWeights } from './sampling.js'

/** The samples of each class, to be drawn `count` at a time. */
export interface PerClass {
  readonly count: number
  /** The indices of the samples of each class that has any. */
  readonly classes: readonly Uint32Array[]
}

/**
 * Returns the samples of each class for a sampling of several a class; undefined for another sampling.
 *
 * @param of the public function, for errors
 * @throws FineTuneError 'options/invalid' for batches that are no multiple, for a class with fewer images, for fewer
 *   classes than a batch has, and for several labels an image
 */
function samplesPerClass(
  { samples, classes }: ImageDataset,
  sampling: Sampling | undefined,
  batchSize: number,
  of: string,
): PerClass | undefined {
  if (sampling === undefined || !isPerClass(sampling)) return undefined
  const { perClass: count } = sampling
  const table = tableOf(samples)
  const refuse = (expected: string) => {
    throw baseError('options/invalid', { option: `${of}: sampling.perClass`, received: count, expected })
  }
  if (batchSize % count) refuse(`a divisor of batchSize, ${batchSize}`)
  const lists: number[][] = classes.map(() => [])
  for (let index = 0; index < table.length; index++) {
    if (table.sampleAt(index).labels) refuse('left out, where images have several labels')
    lists[table.labelOf(index)]!.push(index)
  }
  const few = lists.findIndex(({ length }) => length > 0 && length < count)
  if (few >= 0) refuse(`at most ${lists[few]!.length}, the number of images of the class ${classes[few]}`)
  const present = lists.filter(({ length }) => length > 0)
  if (present.length < batchSize / count)
    refuse(
      `at least ${batchSize / present.length}: a batch of ${batchSize} has ${batchSize / count} classes of ${count} images, and there are ${present.length}`,
    )
  return { count, classes: present.map((list) => Uint32Array.from(list)) }
}

/** The ways in which samples are drawn: by weights, several of each class of a batch, or neither. */
export interface Drawn {
  readonly weights: ArrayLike<number> | undefined
  readonly perClass: PerClass | undefined
}

/** Returns what a sampling draws. @param of the public function, for errors @throws FineTuneError 'options/invalid' */
export const drawnOf = (
  dataset: ImageDataset,
  { sampling, batchSize }: { readonly sampling?: Sampling | undefined; readonly batchSize: number },
  of: string,
): Drawn => ({
  weights: sampleWeights(dataset, sampling, of),
  perClass: samplesPerClass(dataset, sampling, batchSize, of),
})

/**
 * Draws an epoch of as many samples as there are. Each batch has `count` different samples of each of its classes; classes
 * take turns, and so do the samples of a class. The last batch may be smaller, with fewer samples of its last class.
 */
export function drawPerClass(
  { count, classes }: PerClass,
  length: number,
  batchSize: number,
  random: Random,
): Uint32Array {
  const order = new Uint32Array(length)
  const waiting: number[] = []
  const decks = classes.map((): number[] => [])
  let batch = new Set<number>()
  for (let at = 0; at < length; at += count) {
    if (at % batchSize === 0) batch = new Set()
    // A class comes once in a batch, also where a new turn begins within it.
    if (waiting.every((label) => batch.has(label))) waiting.push(...permutation(classes.length, random))
    const [label] = waiting.splice(
      waiting.findIndex((label) => !batch.has(label)),
      1,
    ) as [number]
    batch.add(label)
    if (decks[label]!.length < count) decks[label] = mixed(classes[label]!, random)
    order.set(decks[label]!.splice(0, Math.min(count, length - at)), at)
  }
  return order
}

/** Returns a list in random order. */
const mixed = (list: ArrayLike<number>, random: Random): number[] =>
  Array.from(permutation(list.length, random), (place) => list[place]!)
