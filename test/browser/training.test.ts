import { afterEach, describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { images, smallModel } from '../finetune/support/smallRun.js'
import { batch, golden, groups, parameters, smallNet } from '../session/support/smallNet.js'
import { expectAllClose } from '../support/compare.js'
import { settings, where } from '../support/where.js'

const isGpu = where.target === 'webgpu'
const open: TrainingEngine[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.release()))
})

test('three steps in a worker equal PyTorch: losses, gradients, parameters, running statistics', async () => {
  const artifacts = await generateArtifacts(smallNet(), {
    requiresGrad: parameters,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer: sgd(groups, { momentum: 0.9, weightDecay: 1e-2 }),
  })
  const engine = await TrainingEngine.create({ artifacts, ...settings })
  open.push(engine)
  expect(engine.runtimeReport).toMatchObject({ runtime: 'onnxruntime-web', target: where.target })
  for (const [step, expected] of golden.losses.entries()) {
    const outputs = await engine.trainStep(batch(step))
    expect((outputs[engine.loss] as Tensor<'float32'>).data[0]).toBeCloseTo(expected, 5)
    if (step === 0) expectAllClose(await engine.getGradients(), golden.gradients, 1e-5)
    await engine.optimizerStep()
  }
  expectAllClose(await engine.getParameters(), golden.end, 1e-5)
})

describe('fineTune', () => {
  const optionsFor = async (model: Model, more: Partial<FineTuneOptions> = {}): Promise<FineTuneOptions> => ({
    train: await images(24, 0),
    validation: await images(8, 1),
    batchSize: 8,
    optimizer: sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2 })),
    workers: 2,
    ...settings,
    ...more,
  })

  test('learns from files that workers decode', async () => {
    const model = await smallModel()
    const { epochs } = await fineTune(model, await optionsFor(model, { epochs: isGpu ? 2 : 6 }))
    expect(epochs.at(-1)!.trainLoss).toBeLessThan(epochs[0]!.trainLoss / (isGpu ? 1 : 2))
    expect(epochs.at(-1)!.skipped).toEqual([])
    if (!isGpu) expect(epochs.at(-1)!.validation!.accuracy).toBe(1)
  })

  test('ends within a step of its signal, with its reason', async () => {
    const model = await smallModel()
    const controller = new AbortController()
    const reason = new Error('the tab was left')
    let steps = 0
    const train = async () => {
      for await (const event of fineTune(model, await optionsFor(model, { epochs: 9, signal: controller.signal })))
        if (event.type === 'step' && ++steps === 2) controller.abort(reason)
    }
    await expect(train()).rejects.toBe(reason)
    expect(steps).toBe(2)
  })
})
