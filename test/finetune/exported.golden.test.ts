import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { expectClose } from '../support/compare.js'

const pathOf = (name: string) => fileURLToPath(new URL(`../golden/classifiers/${name}`, import.meta.url))

test.each(['onnxruntime-node', 'onnxruntime-web'] as const)(
  'a network that joins features and pools their mean takes the step of PyTorch, on %s',
  async (runtime) => {
    const { images, labels, loss, ...after } = Object.fromEntries(
      readSafetensors(readFileSync(pathOf('dense.safetensors'))).tensors,
    )
    const model = new Model({ ...(await loadOnnxBackbone(pathOf('dense.onnx'))), classes: ['a', 'b'] })
    const artifacts = await generateArtifacts(model, {
      requiresGrad: model.trainable,
      loss: { type: 'crossEntropy', reduction: 'mean' },
      optimizer: sgd(paramGroups(model, { lr: 0.1, headLrMultiplier: 1 }), { momentum: 0 }),
    })
    const session = await TrainingEngine.create({ artifacts, runtime, threads: 1 })
    try {
      const outputs = await session.updateStep({ input: images!, labels: labels! })
      expect(Number(outputs[session.loss]!.data[0])).toBeCloseTo(Number(loss!.data[0]), 5)
      const parameters = await session.getParameters()
      expect(Object.keys(parameters).sort()).toEqual(Object.keys(after).sort())
      for (const [name, tensor] of Object.entries(parameters)) expectClose(tensor, after[name], 1e-5, name)
    } finally {
      await session.release()
    }
  },
)
