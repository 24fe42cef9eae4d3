import * as z from 'zod'
import type { ImageDataset, SkippedSample } from '../data/dataset/dataset.js'
import { type OutputOptions, outputShape } from '../finetune/features/computeOutputs.js'
import type { ValueEvaluation } from '../finetune/record/events.js'
import type { Model } from '../model/Model.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { valueMetrics } from './metrics/valueMetrics.js'
import { checkMeasured, outputsOf } from './outputsOf.js'

/** The errors of a model of regression on a data set. */
export interface ValuesEvaluation {
  /** The errors of each number, in the order of the model's `classes`. */
  readonly values: readonly (ValueEvaluation & { readonly name: string })[]
  /** The number of images that could be read. */
  readonly examples: number
  /** The predicted numbers and the targets of these images, float32 [examples, values], in the order of the data set. */
  readonly predictions: Tensor<'float32'>
  readonly targets: Tensor<'float32'>
  /** The images that could not be read and are not counted (`onError: 'skip'`). */
  readonly skipped: readonly SkippedSample[]
}

const schema = z.strictObject(outputShape)

/**
 * Measures a model of regression: mean absolute error, root mean squared error and R2 of each number. The model is not
 * changed.
 *
 * @param dataset images with `values`, whose names are the model's
 * @throws FineTuneError 'options/invalid', 'train/no-images', 'data/unreadable', 'data/worker-failed',
 *   'session/no-runtime', 'session/cannot-open', the signal's reason
 */
export async function evaluateValues(
  model: Model,
  dataset: ImageDataset,
  options: OutputOptions = {},
): Promise<ValuesEvaluation> {
  checkMeasured(model, dataset, 'regression', 'evaluateValues')
  const checked = checkOptions(schema, options, 'evaluateValues')
  const { outputs, targets, indices, skipped } = await outputsOf(model, dataset, checked, 'evaluateValues')
  const values = valueMetrics(outputs, targets).map((errors, i) => ({ name: model.classes[i]!, ...errors }))
  return { values, examples: indices.length, predictions: outputs, targets, skipped }
}
