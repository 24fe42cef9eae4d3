import type { Graph } from '../onnx/graph.js'
import { writeModel } from '../onnx/write.js'
import type { Runtime, RuntimeSession } from './runtime.js'

/** What ONNX Runtime is given. */
export type ModelName = 'training' | 'accumulating training' | 'optimizer' | 'evaluation'

/** For one batch size, or for any. */
type BatchSize = number | undefined

/** An epoch has batches of one size and a last, smaller one. */
const MOST_BATCH_SIZES = 2

/** Models that are opened when they are first needed, and again after they were closed. */
export class OpenModels {
  readonly #sessions = new Map<ModelName, Map<BatchSize, RuntimeSession>>()

  constructor(
    readonly runtime: Runtime,
    readonly graphOf: (model: ModelName, batchSize: BatchSize) => Graph,
  ) {}

  has(model: ModelName): boolean {
    return this.#sessions.has(model)
  }

  async get(model: ModelName, batchSize?: number): Promise<RuntimeSession> {
    const sizes = this.#sessions.get(model) ?? new Map<BatchSize, RuntimeSession>()
    this.#sessions.set(model, sizes)
    const open = sizes.get(batchSize)
    if (open) return open
    for (const [size, oldest] of sizes) {
      if (sizes.size < MOST_BATCH_SIZES) break
      sizes.delete(size)
      await oldest.release()
    }
    const session = await this.runtime.createSession(writeModel(this.graphOf(model, batchSize)), model)
    sizes.set(batchSize, session)
    return session
  }

  async close(...models: readonly ModelName[]): Promise<void> {
    for (const model of models) {
      const sizes = this.#sessions.get(model)
      this.#sessions.delete(model)
      for (const session of sizes?.values() ?? []) await session.release()
    }
  }

  async closeAll(): Promise<void> {
    await this.close(...this.#sessions.keys())
  }
}
