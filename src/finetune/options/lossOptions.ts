import * as z from 'zod'
import { MININGS } from '../../autodiff/losses/contrastiveFields.js'
import type { Mixing } from './mixOptions.js'

/** A weight for each class: numbers in their order, or by name, where a class that is left out has 1. */
export type WeightsByClass = readonly number[] | Readonly<Record<string, number>>

/** Cross-entropy of one class an image, as torch.nn.CrossEntropyLoss. */
export interface CrossEntropyOptions {
  readonly type: 'crossEntropy'
  /** The share of each target that is spread evenly over all classes, from 0 up to, not including, 1. @default 0 */
  readonly labelSmoothing?: number | undefined
  /**
   * The weights of the classes, at least 0: numbers in their order, or by name, where a class that is left out has 1.
   * `'balanced'`: the number of images divided by that of classes and by that of the images of the class. A mean is
   * divided by the weights of the examples, unless images are mixed. Default: 1.
   */
  readonly classWeights?: 'balanced' | WeightsByClass | undefined
}

/** Binary cross-entropy of several labels an image, as torch.nn.BCEWithLogitsLoss. */
export interface BinaryCrossEntropyOptions {
  readonly type: 'binaryCrossEntropy'
  /**
   * The weights of the images that have a label (`pos_weight`), at least 0: numbers in the order of the labels, or by
   * name, where a label that is left out has 1. `'balanced'`: the number of images without the label divided by that of
   * images with it. Default: 1.
   */
  readonly positiveWeights?: 'balanced' | WeightsByClass | undefined
}

/**
 * The focal loss (arXiv 1708.02002), in which examples that are predicted well count less: of a softmax where images
 * have one class; of several labels an image that of each sigmoid, as torchvision.ops.sigmoid_focal_loss.
 */
export interface FocalOptions {
  readonly type: 'focal'
  /** The focusing parameter: 0, or from 1 up. @default 2 */
  readonly gamma?: number | undefined
  /** Of several labels an image: the weight of images that have a label; the others' is 1 - alpha. Default: all have 1. */
  readonly alpha?: number | undefined
  /** Of one class an image: the weights of the classes, as for cross-entropy. Default: 1. */
  readonly classWeights?: 'balanced' | WeightsByClass | undefined
}

/** The mean squared error of regression, as torch.nn.MSELoss. */
export interface MeanSquaredErrorOptions {
  readonly type: 'meanSquaredError'
}

/** The Huber loss of regression, as torch.nn.HuberLoss: large errors count linearly. */
export interface HuberOptions {
  readonly type: 'huber'
  /** The error from which the loss is linear, above 0. @default 1 */
  readonly delta?: number | undefined
}

/**
 * Cross-entropy beside the supervised contrastive loss (Khosla et al., 2020, arXiv 2004.11362) of what the head sees of the
 * images, their embeddings: those of a class come near each other, others move apart. Without a `sampling`, each batch has at
 * least two images of each of its classes (`{ perClass }`). Only images of the same batch are compared.
 */
export interface SupervisedContrastiveOptions {
  readonly type: 'supervisedContrastive'
  /** The number that the cosine similarities are divided by, above 0. @default 0.1 */
  readonly temperature?: number | undefined
  /** The share of the contrastive loss, between 0 and 1; the cross-entropy has the rest. @default 0.5 */
  readonly weight?: number | undefined
}

/**
 * Cross-entropy beside the triplet loss (Hermans et al., 2017, arXiv 1703.07737) of the embeddings: an image must be nearer
 * to those of its class than to others, by a margin. Distances are Euclidean, between directions: from 0 to 2. Without a
 * `sampling`, each batch has at least two images of each of its classes (`{ perClass }`). Only images of the same batch
 * are compared.
 */
export interface TripletOptions {
  readonly type: 'triplet'
  /**
   * The triplets of a batch: `'batchHard'`, each image with the furthest of its class and the nearest of another;
   * `'batchAll'`, the mean of all that are within the margin: N x N x N numbers for N images.
   * @default 'batchHard'
   */
  readonly mining?: 'batchHard' | 'batchAll' | undefined
  /** The difference between the distances from which a triplet costs nothing, above 0, at most 2. @default 0.2 */
  readonly margin?: number | undefined
  /** The share of the triplet loss, between 0 and 1; the cross-entropy has the rest. @default 0.5 */
  readonly weight?: number | undefined
}

/** The loss of a run, which must be one of the model's task. */
export type LossOptions =
  | CrossEntropyOptions
  | BinaryCrossEntropyOptions
  | FocalOptions
  | MeanSquaredErrorOptions
  | HuberOptions
  | SupervisedContrastiveOptions
  | TripletOptions

const weight = z.number().min(0)
/** The share of a loss that compares images. */
const share = z.number().gt(0).lt(1)
const weights = z.union([z.literal('balanced'), z.array(weight), z.record(z.string(), weight)]).optional()

export const lossOptionsSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('crossEntropy'),
    labelSmoothing: z.number().min(0).lt(1).default(0),
    classWeights: weights,
  }),
  z.strictObject({ type: z.literal('binaryCrossEntropy'), positiveWeights: weights }),
  z.strictObject({
    type: z.literal('focal'),
    gamma: z
      .number()
      .refine((gamma) => gamma === 0 || gamma >= 1, '0, or from 1 up')
      .default(2),
    alpha: z.number().min(0).max(1).optional(),
    classWeights: weights,
  }),
  z.strictObject({ type: z.literal('meanSquaredError') }),
  z.strictObject({ type: z.literal('huber'), delta: z.number().positive().default(1) }),
  z.strictObject({
    type: z.literal('supervisedContrastive'),
    temperature: z.number().positive().default(0.1),
    weight: share.default(0.5),
  }),
  z.strictObject({
    type: z.literal('triplet'),
    mining: z.enum(MININGS).default('batchHard'),
    margin: z.number().positive().max(2).default(0.2),
    weight: share.default(0.5),
  }),
])

export type CheckedLossOptions = z.output<typeof lossOptionsSchema>

/** The check that mixed images, whose targets are shares, have a loss that takes such targets. */
export const takesShares = [
  ({ loss, mixup, cutmix }: Mixing & { readonly loss?: CheckedLossOptions | undefined }): boolean =>
    loss?.type !== 'focal' || !(mixup || cutmix),
  {
    path: ['loss', 'type'] as string[],
    error: 'another loss, where images are mixed: focal is defined for zeros and ones',
  },
] as const
