import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { Calibration } from '../calibration/calibrateModel.js'
import type { ImageDataset, SkippedSample } from '../data/dataset/dataset.js'
import { datasetSchema } from '../data/dataset/datasetSchema.js'
import {
  type CheckedOutputOptions,
  type ImageOutputs,
  type OutputOptions,
  openOutputs,
  outputShape,
} from '../finetune/features/computeOutputs.js'
import { withLabelsOf } from '../finetune/features/withLabelsOf.js'
import type { Prediction } from '../finetune/record/events.js'
import { demandImages } from '../finetune/run/demandImages.js'
import { type Model, modelKind } from '../model/Model.js'
import { demandTask } from '../model/task.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { evaluateProbabilities, type ProbabilityEvaluation, topKSchema } from './evaluateProbabilities.js'
import { meanProbabilities } from './meanProbabilities.js'
import { predictedLabels } from './metrics/scores.js'
import { TEST_VIEWS, type TestViews, viewsOf } from './testViews.js'

export interface EvaluateOptions extends OutputOptions {
  /**
   * The views of each image; its probabilities are the mean over them (test-time augmentation). `'centre'`: that of
   * validation. `'flip'`: also its mirror image. `'fiveCrop'`: the four corners of the resized image as well.
   * `'tenCrop'`: these five and their mirror images. The time is proportional to their number.
   * @default 'centre'
   */
  readonly views?: TestViews | undefined
  /** The `k` of the top-k accuracy; more than the classes are all of them. @default 5 */
  readonly topK?: number | undefined
  /** The temperature that logits are divided by, as `calibrateModel` returns it. Default: none. */
  readonly calibration?: Pick<Calibration, 'temperature'> | undefined
}

/** The quality of a model on a data set. */
export interface ModelEvaluation extends ProbabilityEvaluation {
  /** The probabilities of the images that could be read, float32 [examples, classes], in the order of the data set. */
  readonly probabilities: Tensor<'float32'>
  /** The prediction for each of these images. Labels are indices into the model's classes. */
  readonly predictions: readonly Prediction[]
  /** The images that could not be read and are not counted (`onError: 'skip'`). */
  readonly skipped: readonly SkippedSample[]
}

const schema = z.strictObject({
  ...outputShape,
  views: z.enum(TEST_VIEWS).default('centre'),
  topK: topKSchema,
  calibration: z.looseObject({ temperature: z.number().gt(0) }).optional(),
})

/**
 * Measures a model on a data set: loss, accuracy with its 95 % confidence interval, top-k accuracy, precision, recall and
 * F1 of each class, confusion matrix, ROC and precision-recall curves with their areas, calibration. The model is not
 * changed. For other tasks: `evaluateLabels`, `evaluateValues`.
 *
 * @param dataset images of classes of the model, compared by name
 * @throws FineTuneError 'options/invalid', 'train/no-images', 'data/unreadable', 'data/worker-failed',
 *   'session/no-runtime', 'session/cannot-open', the signal's reason
 * @example
 * ```ts given=model,validation
 * import { evaluate } from 'onnx-finetune'
 *
 * const { accuracy, interval, classes } = await evaluate(model, validation, { views: 'flip' })
 * console.log(`accuracy ${accuracy}, likely ${interval[0]} to ${interval[1]}`)
 * for (const { name, recall, auc } of classes) console.log(name, recall, auc)
 * ```
 */
export async function evaluate(
  model: Model,
  dataset: ImageDataset,
  options: EvaluateOptions = {},
): Promise<ModelEvaluation> {
  checkArgument('evaluate: model', model, modelKind)
  checkOptions(datasetSchema, dataset, 'evaluate: dataset')
  demandTask(model, 'classification', 'evaluate')
  const { views, topK, calibration, ...rest } = checkOptions(schema, options, 'evaluate')
  const labelled = withLabelsOf(model, dataset, 'evaluate: dataset')
  const outputs = await computeViews(model, labelled, views, rest)
  const { indices, skipped } = outputs[0]!
  demandImages(indices.length, 'validation', skipped)
  const logits = outputs.map(({ rows, size }) => float32(rows, [indices.length, size]))
  const probabilities = meanProbabilities(logits, calibration?.temperature ?? 1)
  const labels = Array.from(indices, (index) => labelled.samples[index]!.label)
  return {
    ...evaluateProbabilities(probabilities, labels, { classes: model.classes, topK }),
    probabilities,
    predictions: predictionsOf(labelled, indices, probabilities),
    skipped,
  }
}

/** Computes the logits of each view. Progress counts an image once for each view. */
async function computeViews(
  model: Model,
  dataset: ImageDataset,
  views: TestViews,
  options: CheckedOutputOptions,
): Promise<ImageOutputs[]> {
  const transforms = viewsOf(model.preprocessing, views)
  const network = openOutputs(model, [model.graph.outputs[0]!.name], options, transforms)
  const { onProgress } = options
  const results: ImageOutputs[] = []
  try {
    for (const view of transforms.keys()) {
      const counted = onProgress && {
        onProgress: ({ images, done }: { images: number; done: number }) =>
          onProgress({ images: transforms.length * images, done: view * images + done }),
      }
      results.push(await network.compute(dataset, { ...options, ...counted }, { view }))
    }
    return results
  } finally {
    await network.release()
  }
}

function predictionsOf(
  { samples }: ImageDataset,
  indices: Uint32Array,
  probabilities: Tensor<'float32'>,
): Prediction[] {
  const classes = probabilities.dims[1]!
  return predictedLabels(probabilities).map((predicted, row) => {
    const index = indices[row]!
    const { source, label } = samples[index]!
    const score = (of: number) => probabilities.data[row * classes + of]!
    return { index, source, label, predicted, score: score(predicted), labelScore: score(label) }
  })
}
