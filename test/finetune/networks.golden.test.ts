// Networks by name against torchvision. The gate has no time for all of them: NETWORKS=all runs the rest too.
import { describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { expectClose } from '../support/compare.js'
import { goldenNetworks, type NetworkGolden, networkGolden } from '../support/networksGolden.js'

const IN_GATE = ['resnet50', 'mobilenet_v3_small']
const networks = process.env.NETWORKS === 'all' ? goldenNetworks : IN_GATE

/** The error of a gradient's numbers, relative to its norm and a thousandth of the largest. */
const TOLERANCE = 2e-4

/** The model of a golden network, its weights and running statistics those of the golden file. */
async function modelOf(name: string, golden: NetworkGolden): Promise<Model> {
  const { width, size, classes } = golden
  const backbone = await loadBackbone(name, { weights: 'none', width, imageSize: size, classes })
  const model = new Model({ ...backbone, classes: Array.from({ length: classes }, (_, i) => `class ${i}`) })
  for (const tensor of [...model.parameters, ...model.buffers])
    model.set(tensor, golden.weight(tensor, model.get(tensor).dims))
  return model
}

async function step(model: Model, golden: NetworkGolden, runtime: RuntimeName) {
  const artifacts = await generateArtifacts(model, {
    requiresGrad: model.trainable,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: sgd(paramGroups(model, { lr: 0.01 })),
    outputs: ['logits'],
  })
  const session = await TrainingEngine.create({ artifacts, runtime, threads: 2 })
  try {
    const feeds = { input: golden.images, labels: golden.labels }
    const { logits } = await session.evalStep(feeds)
    const outputs = await session.trainStep(feeds)
    return { logits, loss: Number(outputs[session.loss]!.data[0]), gradients: await session.getGradients() }
  } finally {
    await session.release()
  }
}

const normOf = ({ data }: Tensor): number => Math.sqrt((data as Float32Array).reduce((sum, x) => sum + x * x, 0))

describe.each(networks)('%s computes what torchvision does', (name) => {
  test('logits, loss and every gradient', { timeout: 120_000 }, async () => {
    const golden = networkGolden(name)
    const model = await modelOf(name, golden)
    const { logits, loss, gradients } = await step(model, golden, 'onnxruntime-node')
    expectClose(logits, golden.logits, 1e-5, 'logits')
    expect(Math.abs(loss / golden.loss - 1), 'loss').toBeLessThan(1e-5)
    expect(golden.gradients).toHaveLength(model.parameters.length)
    const largest = Math.max(...golden.gradients.map(([norm]) => norm))
    for (const [i, parameter] of model.parameters.entries()) {
      const [norm, product] = golden.gradients[i]!
      const gradient = gradients[parameter]!
      const along = golden.along(parameter, gradient.data.length)
      const found = along.reduce((sum, x, at) => sum + x * Number(gradient.data[at]), 0)
      const allowed = TOLERANCE * (norm + 1e-3 * largest)
      expect(gradient.dims, parameter).toEqual(model.get(parameter).dims)
      expect(Math.abs(normOf(gradient) - norm), `norm of ${parameter}`).toBeLessThan(allowed)
      expect(Math.abs(found - product), `product of ${parameter}`).toBeLessThan(allowed)
    }
  })
})
