import * as z from 'zod'
import { checkArgument, checkOptional, type Kind, kinds } from '../../arguments.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { WorkerThread } from '../../threads/WorkerThread.js'
import { badTensor, checkTensors } from '../protocol/checkTensors.js'
import type { HostCalls } from '../protocol/HostCalls.js'
import { buffersOf, copies } from '../protocol/transfer.js'
import { tensorsKind } from './stepOptions.js'

const share = z.number().min(0).max(1)
const shareKind: Kind = { expected: 'a number from 0 to 1', is: (value) => share.safeParse(value).success }

/**
 * The averages of a session's weights over its steps: of the trainable parameters, and of the running statistics that
 * training changes. They are kept where the weights are.
 *
 *     await session.averages.start()
 *     await session.updateStep(feeds)
 *     await session.averages.update(0.01)             // an exponential moving average with decay 0.99
 *     await session.evalStep(feeds, { averages: true })
 */
export class AveragedWeights {
  readonly #host: WorkerThread<HostCalls>

  /** @internal */
  constructor(host: WorkerThread<HostCalls>) {
    this.#host = host
  }

  /**
   * Starts averages, or starts them anew.
   *
   * @param from the first averages, by name. Default: the current values
   * @throws FineTuneError 'session/unknown-parameter' for a tensor that has no average, 'session/bad-tensor' for another
   *   type or shape
   */
  async start(from: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor> = {}): Promise<void> {
    checkArgument('averages.start: from', from, tensorsKind)
    const record: Record<string, Tensor> = from instanceof Map ? Object.fromEntries(from) : from
    checkTensors(record, badTensor)
    const sent = copies(record)
    return this.#host.call('startAverages', [sent], { transfer: buffersOf(sent) })
  }

  /**
   * Moves the averages towards the current values: average + share * (value - average).
   *
   * @param share from 0 to 1: 1 - decay for an exponential moving average, 1 / n for the mean of n values
   * @throws FineTuneError 'session/no-averages' before `start`
   */
  async update(share: number): Promise<void> {
    checkArgument('averages.update: share', share, shareKind)
    return this.#host.call('updateAverages', [share])
  }

  /**
   * Returns copies of averages by name; a frozen tensor is its own average. Default: all parameters and running
   * statistics.
   *
   * @throws FineTuneError 'session/no-averages' before `start`, 'session/unknown-parameter'
   */
  async get(names?: readonly string[]): Promise<Record<string, Tensor>> {
    checkOptional('averages.get: names', names, kinds.names)
    return this.#host.call('getAverages', [names])
  }
}
