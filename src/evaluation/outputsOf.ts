import { checkArgument } from '../arguments.js'
import type { ImageDataset, SkippedSample } from '../data/dataset/dataset.js'
import { datasetSchema } from '../data/dataset/datasetSchema.js'
import { baseError } from '../errors.js'
import { targetsOf } from '../finetune/batches/targetBatches.js'
import { type CheckedOutputOptions, computeOutputs } from '../finetune/features/computeOutputs.js'
import { withLabelsOf } from '../finetune/features/withLabelsOf.js'
import { demandImages } from '../finetune/run/demandImages.js'
import { type Model, modelKind } from '../model/Model.js'
import { demandTask, type Task } from '../model/task.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'

/** The outputs of a model for images, and their targets: float32 [images, outputs]. */
interface OutputsAndTargets {
  readonly outputs: Tensor<'float32'>
  readonly targets: Tensor<'float32'>
  /** The indices of the images that could be read. */
  readonly indices: readonly number[]
  readonly skipped: readonly SkippedSample[]
}

/** Checks the arguments of a measurement. @param of the public function */
export function checkMeasured(model: Model, dataset: ImageDataset, task: Exclude<Task, 'classification'>, of: string) {
  checkArgument(`${of}: model`, model, modelKind)
  checkOptions(datasetSchema, dataset, `${of}: dataset`)
  demandTask(model, task, of)
  const target = task === 'multiLabel' ? 'labels' : 'values'
  const place = dataset.samples.findIndex((sample) => sample[target] === undefined)
  if (place < 0) return
  const option = `${of}: dataset: samples.${place}.${target}`
  throw baseError('options/invalid', { option, received: undefined, expected: `the ${target} of the image` })
}

/** Computes the outputs of a model for a data set whose classes it has, compared by name. */
export async function outputsOf(
  model: Model,
  dataset: ImageDataset,
  options: CheckedOutputOptions,
  of: string,
): Promise<OutputsAndTargets> {
  const labelled =
    model.task === 'regression' ? inOrder(model, dataset, of) : withLabelsOf(model, dataset, `${of}: dataset`)
  const values = [model.graph.outputs[0]!.name]
  const { indices, rows, size, skipped } = await computeOutputs(model, labelled, { values }, options)
  demandImages(indices.length, 'validation', skipped)
  const dims = [indices.length, size]
  const targets = Array.from(indices, (index) => targetsOf(labelled, index)).flat()
  return { outputs: float32(rows, dims), targets: float32(targets, dims), indices: [...indices], skipped }
}

function inOrder({ classes }: Model, dataset: ImageDataset, of: string): ImageDataset {
  if (dataset.classes.join('\n') === classes.join('\n')) return dataset
  const option = `${of}: dataset.classes`
  const expected = `the names of the model's numbers, in its order: ${classes.join(', ')}`
  throw baseError('options/invalid', { option, received: dataset.classes, expected })
}
