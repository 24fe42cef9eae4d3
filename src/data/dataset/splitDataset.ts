import * as z from 'zod'
import { checkOptions } from '../../options.js'
import { permutation, seededRandom } from '../../random.js'
import type { ImageDataset } from './dataset.js'
import { datasetSchema } from './datasetSchema.js'

export interface SplitOptions {
  /** The share of every class that goes to the second part, above 0 and below 1. @default 0.2 */
  readonly share?: number | undefined
  /** The seed of the split. @default 0 */
  readonly seed?: number | undefined
}

const schema = z.strictObject({ share: z.number().gt(0).lt(1).default(0.2), seed: z.int().default(0) })

/**
 * Splits a dataset in two: for training and for validation. Each class is split by itself, so that both have the same
 * mixture; a class of two or more images has at least one in either part.
 *
 * @returns the rest and the share, each in the order of the dataset
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run
 * import { splitDataset } from 'onnx-finetune'
 * import { ImageFolder } from 'onnx-finetune/node'
 *
 * const [train, validation] = splitDataset(await ImageFolder('photos'), { share: 0.2 })
 * ```
 */
export function splitDataset(dataset: ImageDataset, options: SplitOptions = {}): [ImageDataset, ImageDataset] {
  checkOptions(datasetSchema, dataset, 'splitDataset: dataset')
  const { share, seed } = checkOptions(schema, options, 'splitDataset')
  const chosen = new Set(dataset.classes.flatMap((_, label) => choose(dataset, label, share, seed)))
  const indices = [...dataset.samples.keys()]
  return [
    subset(
      dataset,
      indices.filter((index) => !chosen.has(index)),
    ),
    subset(
      dataset,
      indices.filter((index) => chosen.has(index)),
    ),
  ]
}

function choose({ samples }: ImageDataset, label: number, share: number, seed: number): number[] {
  const ofClass = [...samples.keys()].filter((index) => samples[index]!.label === label)
  const count = Math.min(Math.max(Math.round(ofClass.length * share), 1), ofClass.length - 1)
  const order = permutation(ofClass.length, seededRandom(seed, 'split', label))
  return [...order.subarray(0, Math.max(count, 0))].map((place) => ofClass[place]!)
}

/** Returns a dataset of some samples; the other properties (its directory) hold for its parts too. */
function subset(dataset: ImageDataset, indices: readonly number[]): ImageDataset {
  const part = { ...dataset, samples: indices.map((index) => dataset.samples[index]!) }
  return dataset.read ? { ...part, read: (index) => dataset.read!(indices[index]!) } : part
}
