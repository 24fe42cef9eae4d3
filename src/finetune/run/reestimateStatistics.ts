import { floatAttribute, type Graph } from '../../onnx/graph/graph.js'
import { float32, type Tensor } from '../../onnx/graph/tensor.js'
import { feedsOf, transferOptions } from '../batches/evaluateBatches.js'
import type { FineTuneEvent } from '../record/events.js'
import type { OpenRun } from './openRun.js'
import { prepare } from './trainEpoch.js'

/**
 * Replaces the running statistics of batch norm by the mean of those of the batches of one more epoch, as torch's
 * `update_bn`. A training step from zeros leaves a known share of the batch's own; its gradients are dropped. If the run
 * ends meanwhile, the statistics are what they were.
 */
export async function* reestimateStatistics(run: OpenRun): AsyncGenerator<FineTuneEvent, void> {
  const { session, train, progress, stop, model } = run
  const { statistics } = session
  if (statistics.length === 0) return
  yield* prepare(run, train, progress.epochOfPhase + 1, 'train')
  const before = await session.getParameters(statistics)
  const zeros = Object.fromEntries(statistics.map((name) => [name, zerosLike(before[name]!)]))
  const sums = new Map(statistics.map((name) => [name, new Float64Array(before[name]!.data.length)]))
  const shares = sharesOf(model.graph)
  let batches = 0
  let result = before
  try {
    for await (const batch of train.epoch(progress.epochOfPhase)) {
      stop.signal.throwIfAborted()
      await session.setParameters(zeros)
      const outputs = await session.trainStep(feedsOf(batch), transferOptions(train))
      // A step whose loss is not finite changes nothing.
      if (!Number.isFinite((outputs[session.loss] as Tensor<'float32'>).data[0])) continue
      add(sums, await session.getParameters(statistics), shares)
      batches++
    }
    if (batches > 0) result = meansOf(sums, before, batches)
  } finally {
    // A session that has died gives its error in the next call.
    await session.lazyResetGrad().catch(() => {})
    await session.setParameters(result).catch(() => {})
  }
}

type Tensors = Readonly<Record<string, Tensor>>
type Sums = ReadonlyMap<string, Float64Array>

const zerosLike = ({ data, dims }: Tensor): Tensor<'float32'> => float32(new Float32Array(data.length), [...dims])

/** Returns the share of a batch's statistics in the running ones after a step, by the names of these. */
function sharesOf({ nodes }: Graph): ReadonlyMap<string, number> {
  const norms = nodes.filter(({ opType }) => opType === 'BatchNormalization')
  return new Map(
    norms.flatMap((node) => node.inputs.slice(3, 5).map((name) => [name, 1 - floatAttribute(node, 'momentum', 0.9)])),
  )
}

function add(sums: Sums, tensors: Tensors, shares: ReadonlyMap<string, number>): void {
  for (const [name, sum] of sums) {
    const { data } = tensors[name] as Tensor<'float32'>
    const share = shares.get(name)!
    for (const [i, value] of data.entries()) sum[i]! += value / share
  }
}

const meansOf = (sums: Sums, like: Tensors, batches: number): Record<string, Tensor> =>
  Object.fromEntries(
    [...sums].map(([name, sum]) => [
      name,
      float32(
        Float32Array.from(sum, (value) => value / batches),
        [...like[name]!.dims],
      ),
    ]),
  )
