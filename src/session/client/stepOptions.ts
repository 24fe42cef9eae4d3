import * as z from 'zod'
import { isPlain, type Kind } from '../../arguments.js'
import { type BufferPool, isBufferPool } from '../../threads/BufferPool.js'

export const tensorsKind: Kind = {
  expected: 'tensors by name: an object or a Map of them',
  is: (value) => value instanceof Map || (isPlain(value) && Object.entries(value).length >= 0),
}

const rate = z.number().min(0)
/** The schema of learning rates. The host checks that they are those of the groups. */
const learningRates = z.union([z.array(rate), z.record(z.string(), rate)], {
  error: 'numbers from 0 up, in a list or by group',
})
/** The schema of the options of every call of a session. */
export const evalSchema = z.strictObject({
  transfer: z.boolean().optional(),
  pool: z.custom<BufferPool>(isBufferPool, 'a pool of buffers: an object with acquire and release').optional(),
})
export const stepSchema = evalSchema.extend({ mustBeFinite: z.boolean().optional() })
export const updateSchema = stepSchema.extend({ learningRates: learningRates.optional() })
export const optimizerStepSchema = z.strictObject({
  learningRates: learningRates.optional(),
  gradientScale: z.number().positive().optional(),
  keepGradients: z.boolean().optional(),
})
