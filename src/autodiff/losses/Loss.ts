import * as z from 'zod'
import { baseError } from '../../errors.js'
import type { Dim } from '../../onnx/graph/graph.js'
import { type ContrastiveFields, contrastiveFields, type TripletFields, tripletFields } from './contrastiveFields.js'

const common = {
  reduction: z.enum(['mean', 'sum']),
  logits: z.string().min(1).optional(),
  labels: z.string().min(1).optional(),
}
const weights = z.array(z.number().min(0)).min(1).optional()

const crossEntropy = z.strictObject({
  type: z.literal('crossEntropy'),
  ...common,
  labelSmoothing: z.number().min(0).lt(1).default(0),
  classWeights: weights,
  targets: z.enum(['classes', 'probabilities']).default('classes'),
})
const focal = z.strictObject({
  type: z.literal('focal'),
  ...common,
  gamma: z
    .number()
    .refine((gamma) => gamma === 0 || gamma >= 1, '0, or a number from 1 up: between them the gradient is infinite')
    .default(2),
  classWeights: weights,
})
const ofBatch = { reduction: true, logits: true, labels: true } as const

/** The zod schema of a `Loss`. */
export const lossSchema = z.discriminatedUnion('type', [
  crossEntropy,
  z.strictObject({ type: z.literal('binaryCrossEntropy'), ...common, positiveWeights: weights }),
  focal,
  z.strictObject({
    type: z.literal('sigmoidFocal'),
    ...common,
    gamma: z.number().min(0).default(2),
    alpha: z.number().min(0).max(1).optional(),
  }),
  z.strictObject({ type: z.literal('meanSquaredError'), ...common }),
  z.strictObject({ type: z.literal('huber'), ...common, delta: z.number().positive().default(1) }),
  z.strictObject({
    type: z.literal('distillation'),
    ...common,
    teacher: z.string().min(1),
    temperature: z.number().positive().default(4),
    weight: z.number().min(0).max(1).default(0.5),
    ofLabels: z
      .discriminatedUnion('type', [crossEntropy.omit(ofBatch), focal.omit(ofBatch)])
      .prefault({ type: 'crossEntropy' }),
  }),
  z.strictObject({ type: z.literal('supervisedContrastive'), ...common, ...contrastiveFields }),
  z.strictObject({ type: z.literal('triplet'), ...common, ...tripletFields }),
])

/** The options that every loss has. */
interface AnyLoss {
  /** The reduction over the examples of a batch, or over all elements of the targets. */
  readonly reduction: 'mean' | 'sum'
  /** The value that holds the logits, or the predicted numbers. Default: the first output of the model. */
  readonly logits?: string | undefined
  /** The name of the input that takes the labels. @default 'labels' */
  readonly labels?: string | undefined
}

/** The cross-entropy of the softmax of logits `[N, classes, ...]`, as torch.nn.functional.cross_entropy. */
export interface CrossEntropyLoss extends AnyLoss {
  readonly type: 'crossEntropy'
  /**
   * The reduction over the examples of a batch. The mean of labels that are classes is weighted: divided by the sum of
   * the examples' class weights.
   */
  readonly reduction: 'mean' | 'sum'
  /** The share of each target that is spread evenly over all classes, from 0 up to, not including, 1. @default 0 */
  readonly labelSmoothing?: number | undefined
  /** The weight of each class, at least 0. Default: 1. */
  readonly classWeights?: readonly number[] | undefined
  /**
   * The labels: int64 classes `[N, ...]`, where -1 is ignored, or float32 probabilities `[N, classes, ...]`.
   * @default 'classes'
   */
  readonly targets?: 'classes' | 'probabilities' | undefined
}

/**
 * The cross-entropy of each logit's sigmoid with its target from 0 to 1, as
 * torch.nn.functional.binary_cross_entropy_with_logits. Labels are float32 of the shape of the logits.
 */
export interface BinaryCrossEntropyLoss extends AnyLoss {
  readonly type: 'binaryCrossEntropy'
  /** The weight of the positive examples of each class (`pos_weight`), at least 0. Default: 1. */
  readonly positiveWeights?: readonly number[] | undefined
}

/**
 * The focal loss of a softmax (arXiv 1708.02002), -(1 - p)^gamma log p of the probability p of the class. Labels are
 * int64 classes `[N]`. The mean is over the examples, also with weights.
 */
export interface FocalLoss extends AnyLoss {
  readonly type: 'focal'
  /** The focusing parameter: 0, or from 1 up. @default 2 */
  readonly gamma?: number | undefined
  /** The weight of each class, at least 0. Default: 1. */
  readonly classWeights?: readonly number[] | undefined
}

/**
 * The focal loss of each logit's sigmoid, as torchvision.ops.sigmoid_focal_loss. Labels are float32 zeros and ones of
 * the shape of the logits.
 */
export interface SigmoidFocalLoss extends AnyLoss {
  readonly type: 'sigmoidFocal'
  /** The focusing parameter, at least 0. @default 2 */
  readonly gamma?: number | undefined
  /** The weight of positive targets, from 0 to 1; that of the others is 1 - alpha. Default: all have 1. */
  readonly alpha?: number | undefined
}

/** The squared difference from float32 targets of the shape of the output, as torch.nn.functional.mse_loss. */
export interface MeanSquaredErrorLoss extends AnyLoss {
  readonly type: 'meanSquaredError'
}

/**
 * Half of the squared difference up to `delta`, linear beyond, as torch.nn.functional.huber_loss. Labels are float32 of
 * the shape of the output.
 */
export interface HuberLoss extends AnyLoss {
  readonly type: 'huber'
  /** The difference from which the loss is linear, above 0. @default 1 */
  readonly delta?: number | undefined
}

/**
 * Knowledge distillation (Hinton et al., 2015, arXiv 1503.02531): the loss of the labels, and the Kullback-Leibler
 * divergence of the model's softened probabilities from a teacher's, each with a share of the whole.
 */
export interface DistillationLoss extends AnyLoss {
  readonly type: 'distillation'
  /** The value of the graph that holds the teacher's logits, of the shape of the model's own. */
  readonly teacher: string
  /** The number that both logits are divided by before the softmax; its square multiplies the divergence. @default 4 */
  readonly temperature?: number | undefined
  /** The share of the divergence, from 0 to 1; the loss of the labels has the rest. @default 0.5 */
  readonly weight?: number | undefined
  /** The loss of the labels. Default: cross-entropy. */
  readonly ofLabels?: Omit<CrossEntropyLoss, keyof AnyLoss> | Omit<FocalLoss, keyof AnyLoss> | undefined
}

/**
 * The supervised contrastive loss (Khosla et al., 2020, arXiv 2004.11362) of the directions of features, beside the
 * cross-entropy of the logits, each with a share of the whole. Labels are int64 classes `[N]`.
 */
export interface SupervisedContrastiveLoss extends AnyLoss, ContrastiveFields {
  readonly type: 'supervisedContrastive'
}

/**
 * The triplet loss (Hermans et al., 2017, arXiv 1703.07737) of the directions of features, beside the cross-entropy of the
 * logits, each with a share of the whole: an image must be nearer to those of its class than to others, by the margin.
 * Distances are Euclidean, from 0 to 2. Labels are int64 classes `[N]`. A sum is the mean times the number of images.
 */
export interface TripletLoss extends AnyLoss, TripletFields {
  readonly type: 'triplet'
}

/** The loss that training minimises. */
export type Loss =
  | CrossEntropyLoss
  | BinaryCrossEntropyLoss
  | FocalLoss
  | SigmoidFocalLoss
  | MeanSquaredErrorLoss
  | HuberLoss
  | DistillationLoss
  | SupervisedContrastiveLoss
  | TripletLoss

/** A loss with its defaults. */
export type CheckedLoss = z.output<typeof lossSchema>

/** A loss of one type, with its defaults. */
export type CheckedLossOf<Type extends Loss['type']> = Extract<CheckedLoss, { type: Type }>

/** The values that a loss is computed from, and the names of those that it makes. */
export interface LossValues {
  readonly logits: string
  readonly labels: string
  /** The names of the loss, of the log probabilities and of the node, as the official tool numbers them. */
  readonly names: readonly [string, string, string]
}

/** Returns the error for an option of a loss that does not fit the model. */
export const invalidLoss = (option: string, received: unknown, expected: string) =>
  baseError('options/invalid', { option: `loss.${option}`, received, expected })

/** Checks that there is a weight for each class, as far as their number is known. */
export function demandWeightOfEach(
  weights: readonly number[] | undefined,
  classes: Dim | undefined,
  option = 'classWeights',
): void {
  if (weights && typeof classes === 'number' && weights.length !== classes)
    throw invalidLoss(option, weights, `${classes} numbers, one for each class`)
}
