import { isFineTuneError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { TrainingSession } from '../../session/client/TrainingSession.js'
import { copyOf } from '../../session/protocol/transfer.js'

/** The weights of a model in training: while a session is attached they change there, before and after that they lie in the model. */
export class TrainedWeights {
  #session: TrainingSession | undefined

  constructor(readonly model: Model) {}

  attach(session: TrainingSession): void {
    this.#session = session
  }

  /** Those of the last step that is done, with all that is frozen: copies by name. */
  async read(): Promise<Record<string, Tensor>> {
    const { model } = this
    const changed = await this.#changed().catch((error: unknown): Record<string, Tensor> => {
      // The run ended meanwhile, and left its weights in the model.
      if (isFineTuneError(error, 'session/released')) return {}
      throw error
    })
    const names = [...model.parameters, ...model.buffers]
    return Object.fromEntries(names.map((name) => [name, changed[name] ?? copyOf(model.get(name))]))
  }

  /** Brings the model up to the last step that is done. */
  async keep(): Promise<void> {
    this.set(await this.#changed())
  }

  set(tensors: Readonly<Record<string, Tensor>>): void {
    for (const [name, tensor] of Object.entries(tensors)) this.model.set(name, tensor)
  }

  /** The session is about to go: from here on the model tells. */
  detach(): void {
    this.#session = undefined
  }

  /** What training changes: trainable parameters, and running statistics that are not in a frozen front. */
  async #changed(): Promise<Record<string, Tensor>> {
    if (!this.#session) return {}
    const known = new Set(this.#session.parameters)
    const { trainable, buffers } = this.model
    return this.#session.getParameters([...trainable, ...buffers].filter((name) => known.has(name)))
  }
}
