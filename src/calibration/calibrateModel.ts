import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { datasetSchema } from '../data/dataset/datasetSchema.js'
import { computeOutputs, type OutputOptions, outputShape } from '../finetune/features/computeOutputs.js'
import { withLabelsOf } from '../finetune/features/withLabelsOf.js'
import { type Model, modelKind } from '../model/Model.js'
import { demandTask } from '../model/task.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { logSumExp } from '../probe/softmaxObjective.js'
import { calibrate, predictedOf, rowsOf, type TemperatureFit } from './calibrate.js'
import { rejectionThreshold } from './rejectionThreshold.js'

/** The temperature and the threshold of an exported classifier, and what they were fitted to. Plain data. */
export interface Calibration extends TemperatureFit {
  /** The energy, log(sum(exp(logits))), below which an image is of none of the classes. */
  readonly threshold: number
  /** The share of correctly classified images that the threshold was chosen to keep. */
  readonly kept: number
  /** The number of images that it was fitted to. */
  readonly images: number
}

export interface CalibrateOptions extends OutputOptions {
  /**
   * The share of the correctly classified images that stay above the threshold, from 0 to 1. 1 rejects nothing that is
   * at least as sure as the least sure of them.
   * @default 0.95
   */
  readonly keep?: number | undefined
}

const schema = z.strictObject({ ...outputShape, keep: z.number().gt(0).max(1).default(0.95) })

/**
 * Calibrates a model on images that it was not trained on: a temperature, with which its probabilities are right as
 * often as they say, and a threshold for "none of these". `exportClassifier` writes both into the file. The model itself
 * is not changed.
 *
 * The threshold is the (1 - keep) quantile of the energies log(sum(exp(logits))) of those images that are classified
 * correctly (Liu et al., 2020, arXiv 2010.03759, with the opposite sign): images of other things have lower energies.
 * Measured on photographs, energies tell them apart better than the largest probability does (docs/export.md).
 *
 * @param validation images of classes of the model, compared by name
 * @throws FineTuneError 'options/invalid', 'data/unreadable', 'data/worker-failed', 'session/no-runtime',
 *   'session/cannot-open', the signal's reason
 * @example
 * ```ts run given=model,validation
 * import { calibrateModel, exportClassifier } from 'onnx-finetune'
 *
 * const calibration = await calibrateModel(model, validation)
 * await exportClassifier(model, 'hotdog.onnx', { calibration })
 * ```
 */
export async function calibrateModel(
  model: Model,
  validation: ImageDataset,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  checkArgument('calibrateModel: model', model, modelKind)
  checkOptions(datasetSchema, validation, 'calibrateModel: validation')
  demandTask(model, 'classification', 'calibrateModel')
  const { keep, ...rest } = checkOptions(schema, options, 'calibrateModel')
  const dataset = withLabelsOf(model, validation, 'calibrateModel: validation')
  const values = [model.graph.outputs[0]!.name]
  const { indices, rows, size } = await computeOutputs(model, dataset, { values }, rest)
  const logits = float32(rows, [indices.length, size])
  const labels = Array.from(indices, (index) => dataset.samples[index]!.label)
  return calibrationOf(logits, labels, keep)
}

/**
 * Returns the calibration for logits of images that the network was not trained on.
 *
 * @param logits float32 [images, classes]
 * @param kept the share of the correctly classified images that stay above the threshold
 */
export function calibrationOf(logits: Tensor<'float32'>, labels: readonly number[], kept: number): Calibration {
  const fit = calibrate(logits, labels)
  const scored = rowsOf(logits).map((row, i) => ({ score: logSumExp(row), isCorrect: predictedOf(row) === labels[i] }))
  return { ...fit, threshold: rejectionThreshold(scored, kept), kept, images: labels.length }
}
