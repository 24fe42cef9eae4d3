import { expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { int64 } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'

import { openHost } from '../../src/session/host/openHost.js'
import { gaussian } from '../support/checkOp.js'
import { cosine, expectClose } from '../support/compare.js'
import { allGpuTests } from '../support/webgpu.js'
import { demandGpuAlone } from '../support/webgpuAlone.js'

demandGpuAlone()

const [SIZE, BATCH, STEPS] = [64, 8, 3]

async function artifacts() {
  const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: SIZE, seed: 1 })
  const model = replaceHead(backbone, { classes: ['a', 'b', 'c'], seed: 2 })
  return generateArtifacts(model, {
    requiresGrad: model.trainable,
    frozenParams: [...model.buffers],
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer: sgd(paramGroups(model, { lr: 0.01, weightDecay: 1e-3 })),
  })
}

async function train(target: 'cpu' | 'webgpu') {
  const host = await openHost({
    ...{ artifacts: await artifacts(), runtime: 'onnxruntime-node', threads: 1 },
    ...{ target, executionProviders: [target] },
  })
  const logits = []
  try {
    for (let step = 0; step < STEPS; step++) {
      const input = gaussian([BATCH, 3, SIZE, SIZE], 'images', step)
      const results = await host.updateStep({ input, labels: int64([0, 1, 2, 0, 1, 2, 0, 1]) }, undefined)
      logits.push(results.logits!)
    }
    return { logits, parameters: await host.getParameters() }
  } finally {
    await host.release()
  }
}

test.skipIf(!allGpuTests)('three steps of ResNet-18 at 64 x 64 equal those of the cpu target', async () => {
  const [expected, actual] = [await train('cpu'), await train('webgpu')]
  for (const [step, logits] of expected.logits.entries()) expectClose(actual.logits[step], logits, 1e-4)
  // A value close to 0 may pass a ReLU on one and not on the other, which is large in a bias that began at 0: two targets
  // of a processor differ by 6e-2 there, while their logits agree to 1e-5.
  for (const [name, tensor] of Object.entries(expected.parameters))
    expect(cosine(actual.parameters[name]!, tensor), name).toBeGreaterThan(0.99)
  // 62 parameters, 40 running statistics.
  expect(Object.keys(expected.parameters)).toHaveLength(102)
})
