import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import type { Model } from '../../src/model/Model.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { float32, sizeOf, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'

export const CLASSES = ['hot dog', 'Würstchen 🌭', '寿司'] as const

/** A small ResNet-18 in which no batch norm is the identity, as after training, and whose head has something to say. */
export async function trainedModel({ width = 16, imageSize = 32, classes = CLASSES as readonly string[] } = {}) {
  const backbone = await loadBackbone('resnet18', { weights: 'none', width, imageSize, classes: 5 })
  const model = replaceHead(backbone, { classes })
  const set = (name: string, low: number, high: number) =>
    model.set(name, uniform(model.get(name).dims, low, high, name))
  for (const name of normTensors(model)) {
    if (name.endsWith('running_var')) set(name, 0.5, 2)
    else if (name.endsWith('weight')) set(name, 0.6, 1.4)
    else set(name, -0.4, 0.4)
  }
  set('fc.weight', -1.5, 1.5)
  return model
}

const normTensors = (model: Model): string[] =>
  [...model.parameters, ...model.buffers].filter((name) => /(bn\d|downsample\.1)\./.test(name))

export function uniform(dims: readonly number[], low: number, high: number, key: string): Tensor<'float32'> {
  const source = seededRandom('deploy', key)
  const data = Float32Array.from({ length: sizeOf(dims) }, () => source.uniform(low, high))
  return float32(data, dims)
}
