import {
  type Classification,
  type Classifier,
  type ImageDataset,
  type ImageSource,
  isFineTuneError,
  readSample,
} from '../../index.js'
import type { Output } from '../terminal/Output.js'

/** An image with its label and its prediction. */
export interface Judged {
  readonly source: string
  readonly label: string
  readonly predicted: string
  /** The score of the predicted class, and that of the true one. */
  readonly score: number
  readonly labelScore: number
  /** The probabilities of all classes, in the order of the classifier. */
  readonly probabilities: readonly number[]
}

interface Options {
  readonly skip: boolean
  readonly out: Output
  readonly signal: AbortSignal
}

/** The number of images that are decoded and computed at a time. */
const AT_ONCE = 8

/** Classifies every image of a dataset. `skipped` are the sources that cannot be read. */
export async function classifyAll(classifier: Classifier, dataset: ImageDataset, { skip, out, signal }: Options) {
  const { classes, samples } = dataset
  const judged: Judged[] = []
  const skipped: string[] = []
  for (let first = 0; first < samples.length; first += AT_ONCE) {
    out.status(`image ${first + 1} of ${samples.length}`)
    const chunk = samples.slice(first, first + AT_ONCE)
    const results = await classifyChunk(
      classifier,
      await Promise.all(chunk.map(({ source }, i) => (dataset.read ? readSample(dataset, first + i) : source))),
      skip,
      signal,
    )
    for (const [i, { source, label }] of chunk.entries()) {
      const result = results[i]
      if (result) judged.push(judge(source, classes[label]!, result, classifier.classes))
      else skipped.push(source)
    }
  }
  return { judged, skipped }
}

/** Classifies images at once, or one by one if one of them cannot be read and such images are to be skipped. */
async function classifyChunk(
  classifier: Classifier,
  sources: readonly ImageSource[],
  skip: boolean,
  signal: AbortSignal,
): Promise<(Classification | undefined)[]> {
  try {
    return await classifier.classify(sources, { signal })
  } catch (error) {
    if (!skip || !isUnreadable(error)) throw error
    if (sources.length === 1) return [undefined]
    const results: (Classification | undefined)[] = []
    for (const source of sources) results.push(...(await classifyChunk(classifier, [source], skip, signal)))
    return results
  }
}

export const isUnreadable = (error: unknown) =>
  isFineTuneError(error, 'deploy/unreadable-image') || isFineTuneError(error, 'data/too-many-pixels')

const judge = (
  source: string,
  label: string,
  { label: predicted, score, scores }: Classification,
  classes: readonly string[],
): Judged => {
  const byName = new Map(scores.map((one) => [one.label, one.score]))
  const probabilities = classes.map((name) => byName.get(name)!)
  return { source, label, predicted, score, labelScore: byName.get(label)!, probabilities }
}
