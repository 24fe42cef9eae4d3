import type { ImageDataset } from '../data/dataset/dataset.js'
import { drawExplanation } from '../explanation/drawExplanation.js'
import { explainSamples } from '../explanation/explainSamples.js'
import { outputSchema } from '../finetune/features/computeOutputs.js'
import type { Prediction } from '../finetune/record/events.js'
import type { RunSettings } from '../finetune/record/RunRecord.js'
import type { Model } from '../model/Model.js'
import { thumbnail } from './thumbnails.js'

/** The cells on each side of a map: the network runs 50 times for an image. */
const CELLS = 8

/** The settings of the run that its mistakes are explained with, and a signal that ends that. */
interface How {
  readonly settings: Pick<RunSettings, 'runtime' | 'threads' | 'executionProviders'>
  readonly signal?: AbortSignal | undefined
}

/** Draws what speaks for the wrong class in each image, as JPEG data URIs by index. Unreadable ones are left out. */
export async function explainMistakes(
  model: Model,
  dataset: ImageDataset,
  mistakes: readonly Prediction[],
  { settings: { runtime, threads, executionProviders: names }, signal }: How,
): Promise<Map<number, string>> {
  const where = { runtime, threads, executionProviders: names?.[0] === 'auto' ? 'auto' : names }
  const settings = { ...outputSchema.parse({ workers: 0, onError: 'skip', ...where, signal }), cells: CELLS }
  const found = new Map<number, string>()
  const questions = mistakes.map(({ index, predicted }) => ({ index, label: predicted }))
  for await (const { index, explanation } of explainSamples(model, dataset, questions, settings))
    if (explanation) found.set(index, await thumbnail(drawExplanation(explanation)))
  return found
}
