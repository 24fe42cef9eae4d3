import { expect, onTestFinished, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { batch, golden, groups, parameters, smallNet } from '../session/support/smallNet.js'
import { expectAllClose } from '../support/compare.js'
import { settings, where } from '../support/where.js'

test('three steps in a worker equal PyTorch: losses, gradients, parameters, running statistics', async () => {
  const artifacts = await generateArtifacts(smallNet(), {
    requiresGrad: parameters,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer: sgd(groups, { momentum: 0.9, weightDecay: 1e-2 }),
  })
  const engine = await TrainingEngine.create({ artifacts, ...settings })
  onTestFinished(() => engine.release())
  expect(engine.runtimeReport).toMatchObject({ runtime: 'onnxruntime-web', target: where.target })
  for (const [step, expected] of golden.losses.entries()) {
    const outputs = await engine.trainStep(batch(step))
    expect((outputs[engine.loss] as Tensor<'float32'>).data[0]).toBeCloseTo(expected, 5)
    if (step === 0) expectAllClose(await engine.getGradients(), golden.gradients, 1e-5)
    await engine.optimizerStep()
  }
  expectAllClose(await engine.getParameters(), golden.end, 1e-5)
})
