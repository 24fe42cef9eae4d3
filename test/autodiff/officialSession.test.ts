import { describe, it } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { writeCheckpoint } from '../../src/artifacts/writeCheckpoint.js'
import { buildEvalGraph } from '../../src/autodiff/buildEvalGraph.js'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { officialFeeds, officialTraining } from '../artifacts/officialTraining.js'
import { expectClose } from '../support/compare.js'
import { type Array64, toArray64, zeros } from '../support/float64/Array64.js'
import { type Values, values64 } from '../support/float64/evaluate.js'
import { batch, learnable, residualNetwork } from './network.js'

const LOSS = 'onnx::loss::0'
const STEPS = 15
const graph = residualNetwork()
const options = { requiresGrad: learnable(graph), loss: { type: 'crossEntropy', reduction: 'mean' } } as const

describe("Microsoft's TrainingSession", () => {
  it('trains a network with our artifacts: losses and weights are those of float64', async () => {
    const { checkpoint, trainingModel, evalModel, optimizerModel } = await generateArtifacts(graph, {
      ...options,
      optimizer: 'adamW',
    })
    const session = await officialTraining({
      checkpointState: writeCheckpoint(checkpoint),
      trainModel: trainingModel,
      evalModel,
      optimizerModel,
    })
    const feeds = await officialFeeds(batch(6))
    const rowOf = async () => (await session.getContiguousParameters(true)).data
    const [losses, start] = [[] as number[], (await rowOf()).slice()]
    for (let step = 0; step < STEPS; step++) {
      losses.push((await session.runTrainStep(feeds))[LOSS]!.data[0]!)
      await session.runOptimizerStep()
      await session.lazyResetGrad()
    }
    const expected = trained64()
    const moved = (row: ArrayLike<number>) =>
      float32(
        Float32Array.from(row, (value, i) => value - start[i]!),
        [row.length],
      )
    expectClose(vector(losses), vector(expected.losses), 2e-6, 'losses')
    // By now each weight is some 0.015 away from where it was.
    expectClose(moved(await rowOf()), moved(expected.weights), 1e-4, 'what the weights changed by')
    const evaluated = await session.runEvalStep(feeds)
    expectClose(vector(evaluated[LOSS]!.data), vector([expected.evaluation]), 2e-6, 'loss of the evaluation')
    await session.release()
  })
})

const vector = (values: ArrayLike<number>) => float32(Float32Array.from(values), [values.length])

/** The same steps in float64: losses, all weights in a row, and the loss of the evaluation model after them. */
function trained64(): { losses: number[]; weights: number[]; evaluation: number } {
  const training = buildTrainingGraph(graph, options)
  const feeds = Object.entries({ ...Object.fromEntries(graph.initializers), ...batch(6) })
  const values: Values = new Map(feeds.map(([name, tensor]) => [name, toArray64(tensor)]))
  for (const name of options.requiresGrad) values.set(`${name}_grad.accumulation.buffer`, zeros(values.get(name)!.dims))
  const states = new Map(
    options.requiresGrad.map((name) => [name, { m: zeros(values.get(name)!.dims), v: zeros(values.get(name)!.dims) }]),
  )
  const losses: number[] = []
  for (let step = 1; step <= STEPS; step++) {
    const results = values64(training, values)
    losses.push(results.get(LOSS)!.data[0]!)
    for (const [name, state] of states) adamW(values.get(name)!, results.get(`${name}_grad`)!, state, step)
  }
  const trainable = training.inputs.map(({ name }) => name).filter((name) => states.has(name))
  return {
    losses,
    weights: trainable.flatMap((name) => [...values.get(name)!.data]),
    evaluation: values64(buildEvalGraph(graph, options), values).get(LOSS)!.data[0]!,
  }
}

/** The official AdamW in its official settings: Hugging Face's form, whose epsilon bias correction does not reach. */
function adamW(weight: Array64, gradient: Array64, { m, v }: { m: Array64; v: Array64 }, step: number): void {
  const [lr, beta1, beta2, epsilon] = [1e-3, 0.9, 0.999, 1e-6]
  const rate = (lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
  for (const [i, g] of gradient.data.entries()) {
    m.data[i] = beta1 * m.data[i]! + (1 - beta1) * g
    v.data[i] = beta2 * v.data[i]! + (1 - beta2) * g * g
    weight.data[i]! -= (rate * m.data[i]!) / (Math.sqrt(v.data[i]!) + epsilon)
  }
}
