import * as z from 'zod'
import type { ImageDataset, SkippedSample } from '../data/dataset/dataset.js'
import { type OutputOptions, outputShape } from '../finetune/features/computeOutputs.js'
import type { Model } from '../model/Model.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { type LabelMetrics, labelMetrics } from './metrics/labelMetrics.js'
import { checkMeasured, outputsOf } from './outputsOf.js'

export interface EvaluateLabelsOptions extends OutputOptions {
  /** The probability from which a label is predicted, of all labels or of each. @default 0.5 */
  readonly thresholds?: number | readonly number[] | undefined
}

/** The quality of a model of several labels an image on a data set. */
export interface LabelsEvaluation extends LabelMetrics {
  /** The number of images that could be read. */
  readonly examples: number
  /** Their probabilities and their targets, float32 [examples, labels], in the order of the data set. */
  readonly probabilities: Tensor<'float32'>
  readonly targets: Tensor<'float32'>
  /** The images that could not be read and are not counted (`onError: 'skip'`). */
  readonly skipped: readonly SkippedSample[]
}

const schema = z.strictObject({
  ...outputShape,
  thresholds: z.union([z.number(), z.array(z.number())], 'a number, or one for each label').default(0.5),
})

/**
 * Measures a model of several labels an image: precision, recall, F1 and average precision of each label, their means.
 * The model is not changed.
 *
 * @param dataset images with `labels` of the model, compared by name
 * @throws FineTuneError 'options/invalid', 'train/no-images', 'data/unreadable', 'data/worker-failed',
 *   'session/no-runtime', 'session/cannot-open', the signal's reason
 */
export async function evaluateLabels(
  model: Model,
  dataset: ImageDataset,
  options: EvaluateLabelsOptions = {},
): Promise<LabelsEvaluation> {
  checkMeasured(model, dataset, 'multiLabel', 'evaluateLabels')
  const { thresholds, ...rest } = checkOptions(schema, options, 'evaluateLabels')
  const { outputs, targets, indices, skipped } = await outputsOf(model, dataset, rest, 'evaluateLabels')
  const sigmoid = outputs.data.map((logit) => 1 / (1 + Math.exp(-logit)))
  const probabilities = float32(sigmoid, outputs.dims)
  const metrics = labelMetrics(probabilities, targets, { thresholds, labels: model.classes })
  return { ...metrics, examples: indices.length, probabilities, targets, skipped }
}
