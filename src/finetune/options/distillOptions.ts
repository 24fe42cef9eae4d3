import * as z from 'zod'
import type { Backbone } from '../../backbones/Backbone.js'
import { namedBackboneKind } from '../../backbones/backboneKind.js'
import type { CheckedLossOptions } from './lossOptions.js'
import { type Refusal, refuseFirst } from './refuseFirst.js'

/** Knowledge distillation (Hinton et al., 2015, arXiv 1503.02531): a network that knows the classes already teaches. */
export interface DistillOptions {
  /**
   * The network that teaches, with names of its classes, among which are those of the model: a trained `Model`, or any ONNX
   * classifier, as `loadOnnxBackbone` reads it. It sees the same views of the images, in inference mode, and is computed
   * in every step; it must take images of the model's size. The exported model does not contain it.
   */
  readonly teacher: Backbone
  /**
   * The number that the logits of both are divided by before the softmax: the larger, the more the teacher says of classes
   * that an image is not of. @default 4
   */
  readonly temperature?: number | undefined
  /**
   * The share of the divergence from the teacher in the loss, times the square of the temperature; the loss of the labels
   * has the rest. With 1 the labels do not count. @default 0.5
   */
  readonly weight?: number | undefined
}

export const distillSchema = z.strictObject({
  teacher: z.custom<Backbone>(namedBackboneKind.is, namedBackboneKind.expected),
  temperature: z.number().positive().default(4),
  weight: z.number().min(0).max(1).default(0.5),
})

interface DistilledRun {
  readonly distill?: object | undefined
  readonly loss?: CheckedLossOptions | undefined
  readonly cluster?: unknown
  readonly cacheFeatures?: unknown
}

const refusals: readonly Refusal<DistilledRun>[] = [
  ['cluster', ({ cluster }) => cluster !== undefined, 'left out, with a teacher: workers have none'],
  ['cacheFeatures', ({ cacheFeatures }) => !!cacheFeatures, 'left out or false, with a teacher: it needs the images'],
  [
    'loss',
    ({ loss }) => loss !== undefined && 'classWeights' in loss && loss.classWeights !== undefined,
    'without classWeights, with a teacher: what it says has no class',
  ],
]

/** Adds the first reason why a run cannot have a teacher. */
export function refuseDistillOptions(run: DistilledRun, context: z.core.$RefinementCtx): void {
  if (run.distill) refuseFirst(refusals, run, context)
}
