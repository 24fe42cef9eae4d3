import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import type { Model } from '../../src/model/Model.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { resnet18Golden } from './resnet18Golden.js'

/** ResNet-18 with three classes and the weights of its golden file, running statistics included. */
export async function resnet18Model(): Promise<Model> {
  const golden = await resnet18Golden()
  const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: golden.size })
  const model = replaceHead(backbone, { classes: ['bun', 'hotdog', 'plate'] })
  const names = [...model.parameters, ...model.buffers]
  const weights = golden.weights(new Map(names.map((name) => [name, model.get(name).dims])))
  for (const [name, tensor] of weights) model.set(name, tensor)
  return model
}
