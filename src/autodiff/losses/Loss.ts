import * as z from 'zod'
import { baseError } from '../../errors.js'
import type { Dim } from '../../onnx/graph/graph.js'

/** The zod schema of a `Loss`. */
export const lossSchema = z.strictObject({
  type: z.literal('crossEntropy'),
  reduction: z.enum(['mean', 'sum']),
  logits: z.string().min(1).optional(),
  labels: z.string().min(1).optional(),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  classWeights: z.array(z.number().min(0)).min(1).optional(),
  targets: z.enum(['classes', 'probabilities']).default('classes'),
})

/**
 * The loss that training minimises: the cross-entropy of the softmax of logits `[N, classes, ...]`, as
 * torch.nn.functional.cross_entropy.
 */
export interface Loss {
  readonly type: 'crossEntropy'
  /**
   * The reduction over the examples of a batch. The mean of labels that are classes is weighted: divided by the sum of
   * the examples' class weights.
   */
  readonly reduction: 'mean' | 'sum'
  /** The value that holds the logits. Default: the first output of the model. */
  readonly logits?: string | undefined
  /** The name of the input that takes the labels. @default 'labels' */
  readonly labels?: string | undefined
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

/** A loss with its defaults. */
export type CheckedLoss = z.output<typeof lossSchema>

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
export function demandWeightOfEach(weights: readonly number[] | undefined, classes: Dim | undefined): void {
  if (weights && typeof classes === 'number' && weights.length !== classes)
    throw invalidLoss('classWeights', weights, `${classes} numbers, one for each class`)
}
