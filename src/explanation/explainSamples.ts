import { pickSamples } from '../data/contactSheet.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { type CheckedOutputOptions, openOutputs } from '../finetune/features/computeOutputs.js'
import type { Model } from '../model/Model.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { softmaxRows } from '../probe/softmaxObjective.js'
import { seededRandom } from '../random.js'
import { compose } from '../transforms/compose.js'
import { normalize } from '../transforms/normalize.js'
import { contiguousImage, type RgbImage } from '../transforms/rgbImage.js'
import { testView } from '../transforms/testView.js'
import { toTensor } from '../transforms/toTensor.js'
import { importanceOf, occludedViews } from './occlusion.js'

/** The parts of an image that speak for a class. */
export interface Explanation {
  /** The class that is explained. */
  readonly label: string
  /** Its probability, from 0 to 1. */
  readonly score: number
  /**
   * The importance of each cell of the view, float32 [cells, cells], by rows: how much lower the probability is, on
   * average, where the cell is covered. Below 0 it speaks against the class.
   */
  readonly map: Tensor<'float32'>
  /** The view of the image that the network sees, before normalization. */
  readonly view: RgbImage
}

/** An image to explain, and the place of the class; by default that of the most probable one. */
export interface Question {
  readonly index: number
  readonly label?: number | undefined
}

/** The settings of explanations. */
export interface ExplainSettings extends CheckedOutputOptions {
  readonly cells: number
}

/** The answer for an image; none if it cannot be read and `onError` is `'skip'`. */
export interface Answer {
  readonly index: number
  readonly explanation: Explanation | undefined
}

/** Explains images of a data set one after another, with one session. */
export async function* explainSamples(
  model: Model,
  dataset: ImageDataset,
  questions: readonly Question[],
  settings: ExplainSettings,
): AsyncGenerator<Answer> {
  const { preprocessing } = model
  const { mean, std, autoOrient = true } = preprocessing
  const { cells } = settings
  // Views are cropped already.
  const network = openOutputs(model, [model.graph.outputs[0]!.name], settings, [
    compose([toTensor(), normalize(mean, std)]),
  ])
  const colour = mean.map((value) => Math.round(255 * value))
  try {
    for (const { index, label } of questions) {
      const [image] = await pickSamples(dataset, [index], { autoOrient }).catch((error: unknown) => {
        if (settings.onError === 'skip') return [undefined]
        throw error
      })
      if (!image) {
        yield { index, explanation: undefined }
        continue
      }
      const view = contiguousImage(testView(preprocessing).apply(image, seededRandom('explain')))
      const { rows } = await network.compute(occludedViews(view, cells, colour), settings)
      yield { index, explanation: { view, ...answer(model, rows, cells, label) } }
    }
  } finally {
    await network.release()
  }
}

/** Returns the class that is explained, its score and its map, from the logits of a view and of its occluded forms. */
function answer({ classes }: Model, logits: Float32Array, cells: number, label: number | undefined) {
  const scores = softmaxRows(Float64Array.from(logits), classes.length)
  const first = scores.subarray(0, classes.length)
  const chosen = label ?? first.indexOf(Math.max(...first))
  const ofClass = Array.from(scores).filter((_, i) => i % classes.length === chosen)
  return { label: classes[chosen]!, score: ofClass[0]!, map: importanceOf(ofClass, cells) }
}
