import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { float32 } from '../../src/onnx/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { expectClose } from '../support/compare.js'
import { resnet18Golden } from '../support/resnet18Golden.js'
import { resnet18Model } from '../support/resnet18Model.js'
import { runStock } from '../support/stockRuntime.js'

/** What PyTorch made of these very weights (test/interop/saved_weights.py). */
const pytorch = JSON.parse(readFileSync(new URL('../interop/saved_weights.json', import.meta.url), 'utf8')) as {
  readonly names: readonly string[]
  readonly logits: readonly number[]
}

test('saved weights have every name that torchvision asks for, and give the logits of PyTorch', async () => {
  const model = await resnet18Model()
  const saved = saveWeights(model)
  expect([...readSafetensors(saved).tensors.keys()].sort()).toEqual(pytorch.names)
  const { size } = resnet18Golden()
  const { graph } = await loadBackbone('resnet18', { weights: saved, imageSize: size })
  const { logits } = await runStock(graph, { input: resnet18Golden().images(0) })
  expectClose(logits, float32(pytorch.logits, [4, 3]), 1e-4, 'logits')
})
