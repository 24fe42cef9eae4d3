import * as z from 'zod'
import type { Loss } from '../../autodiff/loss.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { tableOf } from '../../data/samples/lazySamples.js'
import { labelsIn } from '../../data/samples/SampleTable.js'
import { baseError } from '../../errors.js'

/** The loss of a run: cross-entropy, as torch.nn.CrossEntropyLoss. */
export interface LossOptions {
  readonly type: 'crossEntropy'
  /** The share of each target that is spread evenly over all classes, from 0 up to, not including, 1. @default 0 */
  readonly labelSmoothing?: number | undefined
  /**
   * The weights of the classes, at least 0: numbers in their order, or by name, where a class that is left out has 1.
   * `'balanced'`: the number of images divided by that of classes and by that of the images of the class. A mean is
   * divided by the weights of the examples, unless images are mixed. Default: 1.
   */
  readonly classWeights?: 'balanced' | readonly number[] | Readonly<Record<string, number>> | undefined
}

const weight = z.number().min(0)

export const lossOptionsSchema = z.strictObject({
  type: z.literal('crossEntropy'),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  classWeights: z.union([z.literal('balanced'), z.array(weight), z.record(z.string(), weight)]).optional(),
})

interface LossOfRun {
  readonly train: ImageDataset
  readonly loss?: z.output<typeof lossOptionsSchema> | undefined
  readonly mixup?: object | undefined
  readonly cutmix?: object | undefined
}

/** Returns the loss that a run minimises. @throws FineTuneError 'options/invalid' for weights of other classes */
export function trainingLossOf(run: LossOfRun, reduction: Loss['reduction']): Loss {
  return {
    type: 'crossEntropy',
    reduction,
    labelSmoothing: run.loss?.labelSmoothing,
    classWeights: classWeightsOf(run),
    targets: run.mixup || run.cutmix ? 'probabilities' : 'classes',
  }
}

/** Returns the weight of each class, or undefined if they do not differ. @throws FineTuneError 'options/invalid' */
export function classWeightsOf({ train, loss }: LossOfRun): readonly number[] | undefined {
  const { classes } = train
  const weights = loss?.classWeights
  if (weights === undefined) return undefined
  if (weights === 'balanced') return balanced(train)
  const received = Array.isArray(weights) ? weights.length : Object.keys(weights)
  const isKnown = Array.isArray(weights)
    ? weights.length === classes.length
    : Object.keys(weights).every((name) => classes.includes(name))
  if (!isKnown)
    throw baseError('options/invalid', {
      option: 'fineTune: loss.classWeights',
      received,
      expected: `weights of the classes ${classes.join(', ')}`,
    })
  return Array.isArray(weights) ? weights : classes.map((name) => (weights as Record<string, number>)[name] ?? 1)
}

function balanced({ classes, samples }: ImageDataset): readonly number[] {
  const counts = classes.map(() => 0)
  for (const label of labelsIn(tableOf(samples))) counts[label]!++
  // A class without images has no examples to weigh.
  return counts.map((count) => (count > 0 ? samples.length / (classes.length * count) : 1))
}
