import type { Graph } from '../onnx/graph.js'
import { writeModel } from '../onnx/write.js'
import type { Runtime, RuntimeSession } from './runtime.js'

/** What ONNX Runtime is given. */
export type ModelName = 'training' | 'accumulating training' | 'optimizer' | 'evaluation'

/** Models that are opened when they are first needed, and again after they were closed. */
export class OpenModels {
  readonly #sessions = new Map<ModelName, RuntimeSession>()

  constructor(
    readonly runtime: Runtime,
    readonly graphOf: (model: ModelName) => Graph,
  ) {}

  has(model: ModelName): boolean {
    return this.#sessions.has(model)
  }

  async get(model: ModelName): Promise<RuntimeSession> {
    const open = this.#sessions.get(model)
    if (open) return open
    const session = await this.runtime.createSession(writeModel(this.graphOf(model)), model)
    this.#sessions.set(model, session)
    return session
  }

  async close(...models: readonly ModelName[]): Promise<void> {
    for (const model of models) {
      const session = this.#sessions.get(model)
      this.#sessions.delete(model)
      await session?.release()
    }
  }

  async closeAll(): Promise<void> {
    await this.close(...this.#sessions.keys())
  }
}
