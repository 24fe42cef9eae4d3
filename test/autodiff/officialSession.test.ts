import { describe, expect, it } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { writeCheckpoint } from '../../src/artifacts/writeCheckpoint.js'
import { officialRuntime } from '../support/officialRuntime.js'
import { batch, learnable, residualNetwork } from './network.js'

/** The training API of onnxruntime-web up to 1.19, as far as it is used here. */
interface OfficialSession {
  runTrainStep(feeds: object): Promise<Record<string, { data: ArrayLike<number> }>>
  runEvalStep(feeds: object): Promise<Record<string, { data: ArrayLike<number> }>>
  runOptimizerStep(): Promise<void>
  lazyResetGrad(): Promise<void>
  release(): Promise<void>
}

describe("Microsoft's TrainingSession", () => {
  it('trains a network with our artifacts', async () => {
    const runtime = await officialRuntime()
    const graph = residualNetwork()
    const artifacts = await generateArtifacts(graph, {
      requiresGrad: learnable(graph),
      loss: { type: 'crossEntropy', reduction: 'mean' },
      optimizer: 'adamW',
    })
    const session = await (
      runtime.TrainingSession as { create(options: object, session?: object): Promise<OfficialSession> }
    ).create(
      {
        checkpointState: writeCheckpoint(artifacts.checkpoint),
        trainModel: artifacts.trainingModel,
        evalModel: artifacts.evalModel,
        optimizerModel: artifacts.optimizerModel,
      },
      { executionProviders: ['wasm'], logSeverityLevel: 3 },
    )
    const { input, labels } = batch(6)
    const feeds = {
      input: new runtime.Tensor('float32', input!.data as Float32Array, input!.dims),
      labels: new runtime.Tensor('int64', labels!.data as BigInt64Array, labels!.dims),
    }
    const losses: number[] = []
    for (let step = 0; step < 15; step++) {
      const results = await session.runTrainStep(feeds)
      losses.push(results['onnx::loss::0']!.data[0]!)
      await session.runOptimizerStep()
      await session.lazyResetGrad()
    }
    expect(losses.at(-1)).toBeLessThan(0.97 * losses[0]!)
    const evaluated = await session.runEvalStep(feeds)
    expect(evaluated['onnx::loss::0']!.data[0]).toBeGreaterThan(0)
    await session.release()
  })
})
