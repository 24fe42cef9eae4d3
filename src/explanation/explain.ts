import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { type ImageSource, isImageSource } from '../deploy/images.js'
import { datasetIn } from '../embedding/datasetIn.js'
import { baseError } from '../errors.js'
import { type OutputOptions, outputShape } from '../finetune/features/computeOutputs.js'
import { type Model, modelKind } from '../model/Model.js'
import { demandTask } from '../model/task.js'
import { checkOptions } from '../options.js'
import { type Explanation, explainSamples } from './explainSamples.js'

export interface ExplainOptions extends Omit<OutputOptions, 'onError' | 'onProgress' | 'workers'> {
  /** The class to explain. Default: the most probable one. */
  readonly label?: string | undefined
  /**
   * The number of cells on each side of the map. The network runs (cells - 1)² times, plus once. @default 8
   */
  readonly cells?: number | undefined
}

const { batchSize, decoder, runtime, executionProviders, threads, signal } = outputShape
const schema = z.strictObject({
  ...{ batchSize, decoder, runtime, executionProviders, threads, signal },
  label: z.string().optional(),
  cells: z.int().min(2).max(64).default(8),
})

/**
 * Explains a prediction by occlusion (Zeiler and Fergus, 2014, arXiv 1311.2901): squares of the view are covered with the
 * mean colour one after another, and where the probability of the class drops, there is what speaks for it. Works with
 * any network.
 *
 * @param image a path, a URL, the bytes of an image file, a Blob or pixels
 * @throws FineTuneError 'options/invalid', 'data/unreadable', 'session/no-runtime', 'session/cannot-open', the signal's
 *   reason
 * @example
 * ```ts given=model
 * import { drawExplanation, explain } from 'onnx-finetune'
 *
 * const explanation = await explain(model, 'lunch.jpg')
 * console.log(explanation.label, explanation.score, explanation.map.data)
 * const overlay = drawExplanation(explanation) // pixels [height, width, 3]
 * ```
 */
export async function explain(model: Model, image: ImageSource, options: ExplainOptions = {}): Promise<Explanation> {
  checkArgument('explain: model', model, modelKind)
  const expected = 'an image: a path, a URL, the bytes of an image file, a Blob or pixels'
  checkArgument('explain: image', image, { expected, is: isImageSource })
  const { label: name, ...rest } = checkOptions(schema, options, 'explain')
  demandTask(model, 'classification', 'explain')
  const label = name === undefined ? undefined : model.classes.indexOf(name)
  if (label === -1) {
    const known = `one of the classes: ${model.classes.join(', ')}`
    throw baseError('options/invalid', { option: 'explain: label', received: name, expected: known })
  }
  const settings = { ...rest, workers: 0, onError: 'throw' } as const
  const answers = explainSamples(model, datasetIn([image], 'explain'), [{ index: 0, label }], settings)
  const { value } = await answers.next()
  await answers.return(undefined)
  return value.explanation
}
