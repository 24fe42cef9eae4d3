import type { ImageDataset } from '../data/dataset/dataset.js'
import { subset } from '../data/dataset/subset.js'
import { viewsOf } from '../evaluation/testViews.js'
import { type CheckedOutputOptions, type ImageOutputs, openOutputs } from '../finetune/features/computeOutputs.js'
import { splitAtHead } from '../finetune/features/splitAtHead.js'
import { keptFeatures } from '../model/keepClassifier.js'
import type { Model } from '../model/Model.js'
import { rowsOf } from '../probe/crossValidate.js'
import type { Examples } from '../probe/softmaxObjective.js'

/** The features of images: a network's values before its head. */
export interface ImageFeatures {
  /** The images that could be read. */
  readonly dataset: ImageDataset
  /** The place of each of them in the data set that was given. */
  readonly indices: Uint32Array
  readonly labels: readonly number[]
  /** A number for each, the same for copies of each other. */
  readonly groups: Uint32Array
  readonly classes: number
  /** The features, [views, images, size]: of the test view, then of its mirror image. */
  readonly rows: Float32Array
  readonly size: number
  /** The number of the last features that are those of a kept classifier. */
  readonly kept: number
  readonly skipped: ImageOutputs['skipped']
  /** Returns all views of these images as examples. */
  examples(images: readonly number[]): Examples
  /** Returns the features of the test views of these images. */
  testViews(images: readonly number[]): Examples
}

/**
 * Computes the features of every image, and of its mirror image.
 *
 * @param groups a number for each image of the data set, the same for copies of each other
 */
export async function imageFeatures(
  model: Model,
  dataset: ImageDataset,
  groups: Uint32Array,
  options: CheckedOutputOptions,
): Promise<ImageFeatures> {
  const { model: network, features } = splitAtHead(model, model.classes.length, 'fineTune: model')
  const transforms = viewsOf(model.preprocessing, 'flip')
  const values = features.map(({ name }) => name)
  const opened = openOutputs(network, values, options, transforms)
  const images = dataset.samples.length * transforms.length
  const views: ImageOutputs[] = []
  try {
    for (const view of transforms.keys()) {
      const onProgress = ({ done }: { readonly done: number }) =>
        options.onProgress?.({ images, done: view * dataset.samples.length + done })
      views.push(await opened.compute(dataset, { ...options, onProgress }, { view }))
    }
  } finally {
    await opened.release()
  }
  return joined(model, dataset, groups, views)
}

function joined(
  model: Model,
  dataset: ImageDataset,
  groups: Uint32Array,
  views: readonly ImageOutputs[],
): ImageFeatures {
  const [{ indices, size, skipped }] = views as [ImageOutputs, ...ImageOutputs[]]
  const rows = new Float32Array(views.length * indices.length * size)
  for (const [view, part] of views.entries()) rows.set(part.rows, view * indices.length * size)
  const labels = Array.from(indices, (index) => dataset.samples[index]!.label)
  const all = { features: rows, size, labels, classes: model.classes.length }
  return {
    dataset: subset(dataset, [...indices]),
    indices,
    labels,
    groups: indices.map((index) => groups[index]!),
    classes: model.classes.length,
    rows,
    size,
    kept: keptFeatures(model),
    skipped,
    examples: (images) => rowsOf(all, images, views.length),
    testViews: (images) => rowsOf(all, images, 1),
  }
}
