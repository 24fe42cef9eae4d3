import type { Loss } from '../../autodiff/loss.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { countPerClass } from '../../data/dataset/sampleTargets.js'
import { baseError } from '../../errors.js'
import type { Task } from '../../model/task.js'
import { TEACHER_LOGITS } from '../distill/teacherLogits.js'
import type { CheckedLossOptions, WeightsByClass } from './lossOptions.js'

/** The options of a run that its loss depends on. */
export interface LossOfRun {
  readonly train: ImageDataset
  readonly loss?: CheckedLossOptions | undefined
  readonly mixup?: object | undefined
  readonly cutmix?: object | undefined
  readonly distill?: { readonly temperature: number; readonly weight: number } | undefined
}

type Reduction = Loss['reduction']

/** The losses of each task; the first is the default. */
const LOSSES = {
  classification: ['crossEntropy', 'focal', 'supervisedContrastive', 'triplet'],
  multiLabel: ['binaryCrossEntropy', 'focal'],
  regression: ['meanSquaredError', 'huber'],
} as const satisfies Record<Task, readonly CheckedLossOptions['type'][]>

/**
 * Returns the loss that a run minimises.
 *
 * @throws FineTuneError 'options/invalid' for the loss of another task, and for weights of other classes
 */
export function trainingLossOf(run: LossOfRun, task: Task, reduction: Reduction): Loss {
  const loss = labelLossOf(run, task, reduction)
  if (!run.distill) return loss
  if (loss.type !== 'crossEntropy' && loss.type !== 'focal') {
    const expected = `left out, as the task of the model is '${task}'`
    throw baseError('options/invalid', { option: 'fineTune: distill', received: run.distill, expected })
  }
  const { temperature, weight } = run.distill
  const { reduction: _, ...ofLabels } = loss
  return { type: 'distillation', reduction, teacher: TEACHER_LOGITS, temperature, weight, ofLabels }
}

/** Returns the loss of the labels. */
function labelLossOf(run: LossOfRun, task: Task, reduction: Reduction): Loss {
  const loss = demandLoss(run, task)
  switch (loss.type) {
    case 'crossEntropy': {
      const targets = run.mixup || run.cutmix ? 'probabilities' : 'classes'
      return { ...loss, reduction, classWeights: classWeightsOf(run), targets }
    }
    case 'binaryCrossEntropy':
      return { type: loss.type, reduction, positiveWeights: positiveWeightsOf(run.train, loss.positiveWeights) }
    case 'focal': {
      const { gamma, alpha } = loss
      if (task === 'multiLabel') return { type: 'sigmoidFocal', reduction, gamma, alpha }
      return { type: 'focal', reduction, gamma, classWeights: classWeightsOf(run) }
    }
    default:
      return { ...loss, reduction }
  }
}

/** Returns the loss that validation measures: the plain one of the task; of regression that of training. */
export function evaluationLossOf(run: LossOfRun, task: Task, reduction: Reduction): Loss {
  if (task === 'regression') return trainingLossOf(run, task, reduction)
  return { type: LOSSES[task][0], reduction }
}

/** Returns the number of elements of an example that the mean of the losses of its task divides by. */
export const termsOf = (task: Task, outputs: number): number => (task === 'classification' ? 1 : outputs)

function demandLoss({ loss }: LossOfRun, task: Task): CheckedLossOptions {
  const losses: readonly CheckedLossOptions['type'][] = LOSSES[task]
  if (!loss) return { type: losses[0] } as CheckedLossOptions
  const wrong = losses.includes(loss.type) ? focalOptionOf(loss, task) : 'type'
  if (wrong === undefined) return loss
  throw baseError('options/invalid', {
    option: `fineTune: loss.${wrong}`,
    received: loss[wrong as keyof typeof loss],
    expected: `${wrong === 'type' ? losses.map((type) => `'${type}'`).join(' or ') : 'left out'}, as the task of the model is '${task}'`,
  })
}

/** Returns the name of an option of the focal loss that is for another task, if one is there. */
function focalOptionOf(loss: CheckedLossOptions, task: Task): string | undefined {
  if (loss.type !== 'focal') return undefined
  const other = task === 'multiLabel' ? 'classWeights' : 'alpha'
  return loss[other] === undefined ? undefined : other
}

/**
 * Returns the weight of each class, or undefined if they do not differ: of cross-entropy, or of the focal loss.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function classWeightsOf({ train, loss }: LossOfRun): readonly number[] | undefined {
  const weights = loss && 'classWeights' in loss ? loss.classWeights : undefined
  if (weights === undefined) return undefined
  return weights === 'balanced' ? balanced(train) : weightsInOrder(train, weights, 'classWeights')
}

function balanced(dataset: ImageDataset): readonly number[] {
  const counts = countPerClass(dataset)
  // A class without images has no examples to weigh.
  return counts.map((count) => (count > 0 ? dataset.samples.length / (counts.length * count) : 1))
}

function positiveWeightsOf(train: ImageDataset, weights: 'balanced' | WeightsByClass | undefined) {
  if (weights !== 'balanced') return weights && weightsInOrder(train, weights, 'positiveWeights')
  return countPerClass(train).map((count) => (count > 0 ? (train.samples.length - count) / count : 1))
}

function weightsInOrder({ classes }: ImageDataset, weights: WeightsByClass, option: string): readonly number[] {
  const received = Array.isArray(weights) ? weights.length : Object.keys(weights)
  const isKnown = Array.isArray(weights)
    ? weights.length === classes.length
    : Object.keys(weights).every((name) => classes.includes(name))
  if (!isKnown)
    throw baseError('options/invalid', {
      option: `fineTune: loss.${option}`,
      received,
      expected: `weights of the classes ${classes.join(', ')}`,
    })
  return Array.isArray(weights) ? weights : classes.map((name) => (weights as Record<string, number>)[name] ?? 1)
}
