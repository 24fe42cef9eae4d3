import { availableMemory } from '#platform'
import { isFineTuneError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import { isOutOfMemory } from '../../runtime/outOfMemory.js'
import { finetuneError } from '../errors.js'
import type { CheckedOptions } from '../options/options.js'
import { type WarningEvent, warningOf } from '../record/events.js'
import { memoryOf } from './estimateMemory.js'

/** The memory that a run needs, and the memory available. */
export interface MemoryInfo {
  readonly batchSize: number
  /** The estimated need, in bytes. */
  readonly needed: number
  /** The available bytes, if the system reports them. */
  readonly available: number | undefined
}

interface MemoryOfRun {
  readonly model: Model
  readonly options: CheckedOptions
  readonly memory: MemoryInfo | undefined
}

/** Returns need and availability before the run allocates any; undefined if the need cannot be estimated. */
export async function memoryInfoOf(model: Model, options: CheckedOptions): Promise<MemoryInfo | undefined> {
  const available = availableMemory()
  // Problems of the network are reported by training itself.
  const estimate = await memoryOf(model, options).catch(() => undefined)
  return estimate && { batchSize: options.batchSize, needed: estimate.total, available }
}

/** Returns the warning about a run that will not fit. */
export async function* memoryWarning({ model, options, memory }: MemoryOfRun): AsyncGenerator<WarningEvent, void> {
  if (memory?.available === undefined || memory.needed <= memory.available) return
  const instead = await batchesWithin(memory.available, model, options)
  yield warningOf(finetuneError('train/memory', { ...memory, ...(instead && { instead }) }))
}

/** Returns the error of a failed run, with advice if memory was insufficient. */
export async function explained(error: unknown, { model, options, memory }: MemoryOfRun): Promise<unknown> {
  if (!memory || !isOutOfMemory(error)) return error
  const problem = isFineTuneError(error, 'session/out-of-memory') ? error.facts.problem : (error as Error).message
  // This batch size did not fit, whatever the estimate said.
  const instead = await batchesWithin(Math.min(memory.needed, memory.available ?? Infinity), model, options)
  return finetuneError('train/out-of-memory', { ...memory, problem, ...(instead && { instead }) }, { cause: error })
}

/** Returns the largest batches that fit, and give optimizer steps over the same number of images. */
async function batchesWithin(bytes: number, model: Model, options: CheckedOptions) {
  const images = options.batchSize * options.accumulate
  for (let batchSize = options.batchSize - 1; batchSize > 0; batchSize--) {
    if (images % batchSize !== 0) continue
    const accumulate = images / batchSize
    const { total } = await memoryOf(model, { ...options, batchSize, accumulate })
    if (total <= bytes) return { batchSize, accumulate }
  }
  return undefined
}
