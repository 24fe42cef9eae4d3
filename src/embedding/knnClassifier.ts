import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { labelsOf } from '../calibration/calibrate.js'
import type { Classification } from '../deploy/Classification.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import type { Neighbour } from './Nearest.js'
import { nearestNeighbours, vectorsKind, vectorsLike } from './nearestNeighbours.js'

export interface KnnOptions {
  /** The names of the classes, in the order of the labels. */
  readonly classes: readonly string[]
  /** The number of neighbours that vote; more than the examples are all of them. @default 20 */
  readonly k?: number | undefined
  /** The temperature of the votes: a neighbour has the vote exp(cosine similarity / temperature). @default 0.07 */
  readonly temperature?: number | undefined
  /**
   * The share of the examples that are not further from the nearest other example than the threshold, from 0 to 1: what
   * is further from all examples is of none of the classes.
   * @default 0.95
   */
  readonly keep?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  classes: z.array(z.string()).min(1),
  k: z.int().min(1).default(20),
  temperature: z.number().gt(0).default(0.07),
  keep: z.number().gt(0).max(1).default(0.95),
  signal: z.instanceof(AbortSignal).optional(),
})

/** The class of an image by its neighbours. Scores are the shares of the votes. */
export interface KnnClassification extends Classification {
  /** The neighbours that voted, the nearest first: indices among the examples, and cosine distances. */
  readonly neighbours: readonly Neighbour[]
  /** True if the nearest example is further away than the threshold: the image is likely of none of the classes. */
  readonly isUnknown: boolean
}

/** A classifier of embeddings by the examples that are nearest to them, made by `knnClassifier`. */
export interface KnnClassifier {
  readonly classes: readonly string[]
  /** The cosine distance to the nearest example above which an image is of none of the classes. */
  readonly threshold: number
  /**
   * Classifies embeddings.
   *
   * @param queries float32 [m, size], by the network that made the examples
   * @throws FineTuneError 'options/invalid'
   */
  classify(queries: Tensor<'float32'>): Promise<KnnClassification[]>
}

/**
 * Makes a classifier of embedded examples, without training: the `k` nearest examples of an image vote for their classes,
 * weighted by exp(cosine similarity / temperature) (Wu et al., 2018, arXiv 1805.01978; `k` and temperature are those of
 * DINO, Caron et al., 2021, arXiv 2104.14294). A further example is a row more: nothing is fitted but the threshold of
 * what is unknown.
 *
 * @param examples float32 [n, size], such as the vectors of `embed`; at least two
 * @param labels the index of the class of each example
 * @throws FineTuneError 'options/invalid', the signal's reason
 * @example
 * ```ts given=backbone,train,validation
 * import { embed, knnClassifier } from 'onnx-finetune'
 *
 * const { vectors, labels } = await embed(backbone, train)
 * const classifier = await knnClassifier(vectors, labels, { classes: train.classes })
 * const results = await classifier.classify((await embed(backbone, validation)).vectors)
 * for (const { label, score, isUnknown } of results) console.log(isUnknown ? 'none of these' : label, score)
 * ```
 */
export async function knnClassifier(
  examples: Tensor<'float32'>,
  labels: ArrayLike<number>,
  options: KnnOptions,
): Promise<KnnClassifier> {
  checkArgument('knnClassifier: examples', examples, severalKind)
  const { classes, k, temperature, keep, signal } = checkOptions(schema, options, 'knnClassifier')
  const [count = 0] = examples.dims
  checkArgument('knnClassifier: labels', labels, labelsOf({ ...examples, dims: [count, classes.length] }))
  const threshold = await thresholdOf(examples, keep, signal)
  const voting = { labels: Array.from(labels), classes, temperature, threshold }
  return {
    classes,
    threshold,
    async classify(queries) {
      checkArgument('KnnClassifier.classify: queries', queries, vectorsLike(examples))
      const found = await nearestNeighbours(examples, queries, Math.min(k, count))
      return found.map((neighbours) => vote(neighbours, voting))
    },
  }
}

const severalKind = {
  expected: 'a float32 tensor [n, size] of finite numbers, with at least two rows',
  is: (value: unknown) => vectorsKind.is(value) && (value as Tensor).dims[0]! > 1,
}

/** Chooses the distance that the share `keep` of the examples has, at most, from the nearest other example. */
async function thresholdOf(examples: Tensor<'float32'>, keep: number, signal?: AbortSignal): Promise<number> {
  const found = await nearestNeighbours(examples, examples, 2, { signal })
  const distances = found.map((two, own) => two.find(({ index }) => index !== own)!.distance).sort((a, b) => a - b)
  // 0.95 * 20 is a little more than 19.
  return distances[Math.max(Math.ceil(keep * distances.length - 1e-9) - 1, 0)]!
}

interface Voting {
  readonly labels: readonly number[]
  readonly classes: readonly string[]
  readonly temperature: number
  readonly threshold: number
}

function vote(neighbours: Neighbour[], { labels, classes, temperature, threshold }: Voting): KnnClassification {
  const nearest = neighbours[0]!.distance
  const votes = new Float64Array(classes.length)
  // Relative to the nearest, so that nothing overflows: only the shares count.
  for (const { index, distance } of neighbours) votes[labels[index]!]! += Math.exp((nearest - distance) / temperature)
  const sum = votes.reduce((total, one) => total + one, 0)
  const scores = classes.map((label, i) => ({ label, score: votes[i]! / sum })).sort((a, b) => b.score - a.score)
  return { ...scores[0]!, scores, neighbours, isUnknown: nearest > threshold }
}
