import type { Roles } from '../../contract/roles.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { AVERAGE_SHARE, averageOf } from '../../optim/averageGraph.js'
import { sessionError } from '../errors.js'
import type { Tensors } from '../protocol/HostCalls.js'
import { EVALUATIONS, type OpenModels } from './OpenModels.js'
import type { StateBuffers } from './StateBuffers.js'
import type { StateRuns } from './StateRuns.js'
import { demandFitting, demandKnown, readTensors } from './stateCalls.js'

interface AveragedSession {
  readonly roles: Roles
  readonly state: StateBuffers
  readonly runs: StateRuns
  readonly models: OpenModels
  /** The names of all parameters and running statistics. */
  readonly known: readonly string[]
}

/**
 * The averages of the tensors that training changes: trainable parameters and running statistics. They lie beside them,
 * in the same layout.
 */
export class Averages {
  constructor(readonly session: AveragedSession) {}

  get #names(): readonly string[] {
    const { trainable, statistics } = this.session.roles
    return [...trainable, ...statistics]
  }

  /**
   * Starts averages, at the current values or the given ones.
   * @throws FineTuneError 'session/unknown-parameter', 'session/bad-tensor'
   */
  async start(from: Tensors = {}): Promise<void> {
    const { state, models } = this.session
    demandFitting(state, from, this.#names)
    for (const name of this.#names) state.write(averageOf(name), from[name] ?? (await state.fetch(name)))
    await models.close(...EVALUATIONS)
  }

  /** Moves the averages by a share of the way to the current values. @throws FineTuneError 'session/no-averages' */
  async update(share: number): Promise<void> {
    const { runs, models, state } = this.session
    this.demandStarted()
    const names = this.#names.map(averageOf)
    const session = await models.get('average')
    const feeds = await runs.feedsOf(session, { [AVERAGE_SHARE]: float32([share], []) })
    runs.advance(names, await session.run(feeds, runs.nextOf(names)))
    if (!state.device) await models.close('averaged evaluation')
  }

  /**
   * Reads copies of averages; a tensor that training does not change is its own.
   * @throws FineTuneError 'session/no-averages', 'session/unknown-parameter'
   */
  async get(names: readonly string[] = this.session.known): Promise<Tensors> {
    this.demandStarted()
    demandKnown(names, this.session.known)
    return readTensors(this.session.state, names, this.sourceOf)
  }

  /** Returns the name under which the average of a tensor is stored, if there is one; else its own. */
  readonly sourceOf = (name: string): string => {
    const average = averageOf(name)
    return this.session.state.has(average) ? average : name
  }

  /** @throws FineTuneError 'session/no-averages' */
  demandStarted(): void {
    if (!this.session.state.has(averageOf(this.#names[0]!))) throw sessionError('session/no-averages', {})
  }
}
