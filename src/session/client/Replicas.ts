import { sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import type { OptimizerStepOptions } from '../protocol/HostCalls.js'
import type { TrainStepOptions } from './stepOptions.js'
import type { TrainingEngine } from './TrainingEngine.js'

type Tensors = Record<string, Tensor>

/**
 * Sessions of one network that train it together, each on a part of every batch, as PyTorch's DistributedDataParallel.
 * Each computes the gradients of its part; then all add the gradients of all, in one order, and make the same update: so
 * their parameters stay equal to the byte. Batch norm sees the examples of a replica alone. Running statistics, which only
 * evaluation reads, are those of the first.
 *
 * Their losses must be sums over examples, for only those of parts can be added.
 */
export class Replicas {
  /** The gradients of each session. */
  readonly #memories: readonly SharedArrayBuffer[]
  /** The number of sessions that had examples in this step. */
  #active = 0

  /** @param parameters the number of elements of all trainable parameters */
  constructor(
    readonly sessions: readonly TrainingEngine[],
    parameters: number,
  ) {
    this.#memories = sessions.map(() => new SharedArrayBuffer(4 * parameters))
  }

  /**
   * Computes the gradients of a batch. A step in which any replica fails leaves no gradients.
   *
   * @returns the loss of the batch, and the other outputs, in the order of its examples
   * @throws FineTuneError those of `TrainingEngine.trainStep`: the error of the first session that has one
   */
  async trainStep(feeds: Readonly<Tensors>, options: TrainStepOptions): Promise<Tensors> {
    const parts = split(feeds, this.sessions.length)
    const { mustBeFinite } = options
    const settled = await Promise.allSettled(
      parts.map((part, i) => this.sessions[i]!.trainStep(part, { transfer: true, mustBeFinite })),
    )
    const failed = settled.find((result) => result.status === 'rejected')
    if (failed) {
      await Promise.all(this.sessions.map((session) => session.lazyResetGrad()))
      throw failed.reason
    }
    this.#active = parts.length
    for (const { data } of Object.values(feeds)) options.pool?.release((data as Float32Array).buffer as ArrayBuffer)
    return join(settled.map((result) => (result as PromiseFulfilledResult<Tensors>).value))
  }

  /** Makes the update of all sessions, from the gradients of all. */
  async optimizerStep(options: OptimizerStepOptions): Promise<void> {
    const memories = this.#memories.slice(0, this.#active)
    await Promise.all(memories.map((memory, i) => this.sessions[i]!.host.call('shareGradients', [memory])))
    await Promise.all(
      this.sessions.map(async (session) => {
        await session.host.call('takeGradients', [memories])
        await session.optimizerStep(options)
      }),
    )
  }

  /** Ends all sessions but the first, which is its owner's. */
  async release(): Promise<void> {
    await Promise.all(this.sessions.slice(1).map((session) => session.release()))
  }
}

/** Splits feeds by their first axis into parts whose sizes differ by one at most, and none of which is empty. */
function split(feeds: Readonly<Tensors>, count: number): Tensors[] {
  const examples = Object.values(feeds)[0]!.dims[0]!
  const parts = Math.min(count, examples)
  const begin = (part: number) => Math.floor((examples * part) / parts)
  return Array.from({ length: parts }, (_, part) =>
    Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, rows(feed, begin(part), begin(part + 1))])),
  )
}

function rows(tensor: Tensor, begin: number, end: number): Tensor {
  const [, ...dims] = tensor.dims
  const size = sizeOf(dims)
  return { ...tensor, dims: [end - begin, ...dims], data: tensor.data.slice(begin * size, end * size) } as Tensor
}

/** Adds up scalars, and puts other outputs one after another. */
function join(parts: readonly Tensors[]): Tensors {
  return Object.fromEntries(
    Object.entries(parts[0]!).map(([name, first]) => {
      const all = parts.map((part) => part[name] as Tensor<'float32'>)
      const [, ...dims] = first.dims
      const data =
        first.dims.length === 0
          ? Float32Array.of(all.reduce((sum, { data: [value] }) => sum + value!, 0))
          : Float32Array.from(all.flatMap(({ data: values }) => [...values]))
      const shape = first.dims.length === 0 ? [] : [all.reduce((sum, { dims: [n] }) => sum + n!, 0), ...dims]
      return [name, { type: 'float32', dims: shape, data } satisfies Tensor<'float32'>]
    }),
  )
}
