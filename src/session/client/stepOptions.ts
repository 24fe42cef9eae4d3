import * as z from 'zod'
import { isPlain, type Kind } from '../../arguments.js'
import { type BufferPool, isBufferPool } from '../../threads/BufferPool.js'

export interface StepOptions {
  /**
   * True to transfer the memory of the feeds instead of copying it; the tensors are empty afterwards.
   * @default false
   */
  readonly transfer?: boolean | undefined
  /**
   * The pool for the memory of the feeds, which is transferred as with `transfer` and released into the pool after the
   * step: the next batch can be made in it. A step that fails releases nothing.
   */
  readonly pool?: BufferPool | undefined
}

export interface EvalStepOptions extends StepOptions {
  /** True to evaluate the averages of the weights instead of the weights. @default false */
  readonly averages?: boolean | undefined
}

export interface TrainStepOptions extends StepOptions {
  /**
   * True if a step whose loss is not finite is an error: the step is computed once more to find the first tensor that
   * is not finite. Otherwise the loss is returned unchanged.
   * @default false
   */
  readonly mustBeFinite?: boolean | undefined
}

export const tensorsKind: Kind = {
  expected: 'tensors by name: an object or a Map of them',
  is: (value) => value instanceof Map || (isPlain(value) && Object.entries(value).length >= 0),
}

const rate = z.number().min(0)
/** The schema of learning rates. The host checks that they are those of the groups. */
const learningRates = z.union([z.array(rate), z.record(z.string(), rate)], {
  error: 'numbers from 0 up, in a list or by group',
})
/** The schema of the options of every step of a session. */
const handedOver = z.strictObject({
  transfer: z.boolean().optional(),
  pool: z.custom<BufferPool>(isBufferPool, 'a pool of buffers: an object with acquire and release').optional(),
})
export const evalSchema = handedOver.extend({ averages: z.boolean().optional() })
export const stepSchema = handedOver.extend({ mustBeFinite: z.boolean().optional() })
export const updateSchema = stepSchema.extend({ learningRates: learningRates.optional() })
export const optimizerStepSchema = z.strictObject({
  learningRates: learningRates.optional(),
  gradientScale: z.number().positive().optional(),
  keepGradients: z.boolean().optional(),
})
