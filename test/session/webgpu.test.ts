import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import type { TrainingArtifacts } from '../../src/artifacts/TrainingArtifacts.js'
import { networkInput } from '../../src/finetune/batches/networkInput.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { adam, adamW } from '../../src/optim/adam.js'
import { clipGradients } from '../../src/optim/clipGradients.js'
import type { Optimizer } from '../../src/optim/Optimizer.js'
import { sgd } from '../../src/optim/sgd.js'
import { openHost } from '../../src/session/host/openHost.js'
import type { Tensors } from '../../src/session/protocol/HostCalls.js'
import { compose } from '../../src/transforms/compose.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { batch, learnable, residualNetwork } from '../autodiff/network.js'
import { expectAllClose } from '../support/compare.js'
import { demandGpuAlone } from '../support/webgpuAlone.js'

demandGpuAlone()

const open = (artifacts: TrainingArtifacts, target: 'cpu' | 'webgpu') =>
  openHost({ artifacts, runtime: 'onnxruntime-node', threads: 1, target, executionProviders: [target] })

/** What every kind of step makes of a session: two that accumulate, an update, a step with its update, an evaluation. */
async function train(artifacts: TrainingArtifacts, target: 'cpu' | 'webgpu', feeds: readonly Tensors[]) {
  const host = await open(artifacts, target)
  try {
    await host.averages.start()
    const [first, second] = [await host.trainStep(feeds[0]!), await host.trainStep(feeds[1]!)]
    const gradients = await host.getGradients()
    await host.optimizerStep({ gradientScale: 0.5 })
    const third = await host.updateStep(feeds[2]!, undefined)
    await host.averages.update(0.25)
    const evaluated = await host.evalStep(feeds[0]!)
    const averaged = await host.evalStep(feeds[0]!, true)
    const steps = Object.entries({ first, second, third, evaluated, averaged })
    const outputs = steps.flatMap(([step, results]) =>
      Object.entries(results).map(([name, tensor]) => [`${name} of ${step}`, tensor] as const),
    )
    return { outputs: Object.fromEntries(outputs), gradients, parameters: await host.getParameters() }
  } finally {
    await host.release()
  }
}

const group = (lr: number) => [{ name: 'all', params: learnable(residualNetwork()), lr }]

const optimizers: Readonly<Record<string, Optimizer>> = {
  'sgd with momentum': sgd(group(0.1), { momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: adam(group(0.01)),
  adamW: adamW(group(0.01)),
  'sgd, clipped': clipGradients(sgd(group(0.1)), { value: 0.5, norm: 1 }),
}

describe('a small residual network on the GPU alone equals the cpu target', () => {
  test.each(Object.entries(optimizers))('%s', async (_, optimizer) => {
    const network = residualNetwork()
    const artifacts = await generateArtifacts(network, {
      requiresGrad: learnable(network),
      loss: { type: 'crossEntropy', reduction: 'mean' },
      optimizer,
    })
    const feeds = [2, 3, 2].map((n) => batch(n))
    const expected = await train(artifacts, 'cpu', feeds)
    const actual = await train(artifacts, 'webgpu', feeds)
    expectAllClose(actual.outputs, expected.outputs, 1e-5)
    expectAllClose(actual.gradients, expected.gradients, 2e-5)
    expectAllClose(actual.parameters, expected.parameters, 2e-5)
  })

  test('a loss with a target for every class, smoothed and weighted', async () => {
    const network = residualNetwork()
    const artifacts = await generateArtifacts(network, {
      requiresGrad: learnable(network),
      loss: { type: 'crossEntropy', reduction: 'mean', labelSmoothing: 0.1, classWeights: [1, 2, 0.5] },
      optimizer: sgd(group(0.1)),
    })
    const feeds = [2, 3, 2].map((n) => batch(n))
    const expected = await train(artifacts, 'cpu', feeds)
    const actual = await train(artifacts, 'webgpu', feeds)
    expectAllClose(actual.outputs, expected.outputs, 1e-5)
    expectAllClose(actual.parameters, expected.parameters, 2e-5)
  })

  test('images of bytes become numbers there, and a label beyond 32 bits is refused', async () => {
    const { graph, name } = networkInput(residualNetwork(), [compose([toTensor()])])
    const artifacts = await generateArtifacts(graph, {
      requiresGrad: learnable(residualNetwork()),
      loss: { type: 'crossEntropy', reduction: 'mean' },
      optimizer: sgd(group(0.1)),
    })
    const { labels } = batch(3)
    const bytes: Tensor = {
      type: 'uint8',
      dims: [3, 2, 8, 8],
      data: Uint8Array.from({ length: 384 }, (_, i) => (i * 37) % 256),
    }
    const feeds = [0, 1, 2].map(() => ({ [name]: bytes, labels: labels! }))
    const expected = await train(artifacts, 'cpu', feeds)
    const actual = await train(artifacts, 'webgpu', feeds)
    expectAllClose(actual.parameters, expected.parameters, 2e-5)
    const host = await open(artifacts, 'webgpu')
    const far: Tensor = { type: 'int64', dims: [3], data: BigInt64Array.of(0n, 2n ** 32n, 0n) }
    await expect(host.trainStep({ [name]: bytes, labels: far })).rejects.toMatchObject({
      code: 'session/bad-feed',
      facts: { feed: 'labels', received: `${2n ** 32n}` },
    })
    await host.release()
  })
})
