import * as z from 'zod'
import { isObject } from '../../arguments.js'
import type { PlainError } from '../../errors.js'
import type { PlainSkipped } from '../checkpoint/RunState.js'

const count = z.int().min(0)
/** A name within the run's directory: a job writes nowhere else. */
const fileName = z.string().regex(/^\w[\w.-]*\.safetensors$/)
const rates = z.record(z.string(), z.number())

/** The schema of the work of a shard in one round, as plain data that names files. */
export const shardJobSchema = z.strictObject({
  /** The directory of the run's files, which every worker can read and write. */
  directory: z.string().min(1),
  /** The name of the file with the common state, and of the one to write. */
  state: fileName,
  output: fileName,
  /** The epoch, from 0. */
  epoch: count,
  /** The positions of its batches in the epoch, and the learning rates by group in each of its steps. */
  positions: z.array(count).min(1),
  learningRates: z.array(rates).min(1),
  /** The precision of changes of weights in the file to write. */
  transport: z.enum(['float32', 'float16']),
})
export type ShardJob = z.output<typeof shardJobSchema>

const hasMessage = (value: unknown): boolean => isObject(value) && typeof value.message === 'string'
const plainError = z.custom<PlainError>(hasMessage)
const plainSkipped = z.custom<PlainSkipped>(
  (value) =>
    isObject(value) && Number.isInteger(value.index) && typeof value.source === 'string' && hasMessage(value.error),
)

/** The schema of the result of a shard's work, beside the file that it wrote. */
export const shardResultSchema = z.strictObject({
  /** The sums over the examples of each of its batches, without those none of whose images could be read. */
  steps: z.array(z.strictObject({ position: count, loss: z.number(), hits: count, examples: count })),
  /** The images that its worker has left out so far. */
  skipped: z.array(plainSkipped),
  /** The error of a step that was not finite; then no file was written. */
  notFinite: plainError.optional(),
})
export type ShardResult = z.output<typeof shardResultSchema>
