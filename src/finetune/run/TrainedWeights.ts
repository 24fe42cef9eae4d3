import { isFineTuneError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { copyOf } from '../../session/protocol/transfer.js'
import type { OpenRun } from './openRun.js'

/**
 * The weights of a model in training: the session's while one is attached, before and after that the model's. Of a run
 * that averages its weights, the averages.
 */
export class TrainedWeights {
  #session: TrainingEngine | undefined
  #isAveraged = false

  constructor(readonly model: Model) {}

  /** Attaches the session of a run, which may resume from a checkpoint. */
  async attach({ session, isAveraged, found }: Pick<OpenRun, 'session' | 'isAveraged' | 'found'>): Promise<void> {
    this.#session = session
    this.#isAveraged = isAveraged
    // The session was opened with the weights of the last step.
    if (isAveraged && found) await this.keep()
  }

  /** Returns those of the last completed step, including everything frozen: copies by name. */
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

  /** Updates the model to the last completed step. */
  async keep(): Promise<void> {
    this.set(await this.#changed())
  }

  set(tensors: Readonly<Record<string, Tensor>>): void {
    for (const [name, tensor] of Object.entries(tensors)) this.model.set(name, tensor)
  }

  /** Detaches the session before it is closed: from here on the model has the weights. */
  detach(): void {
    this.#session = undefined
  }

  /**
   * Returns the tensors that training changes: trainable parameters, and running statistics that are not in a frozen
   * front.
   */
  async #changed(): Promise<Record<string, Tensor>> {
    if (!this.#session) return {}
    if (this.#isAveraged) return this.#session.averages.get()
    const known = new Set(this.#session.parameters)
    const { trainable, buffers } = this.model
    return this.#session.getParameters([...trainable, ...buffers].filter((name) => known.has(name)))
  }
}
